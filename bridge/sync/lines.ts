import type { TurnId } from "../core/frames.ts";
import type { Micros } from "../core/time.ts";

/** A clause with its place in the turn. */
export interface Line {
  readonly text: string;
  readonly offset: Micros;
  length: Micros;
}

/** Turns whose words are remembered, and clauses per turn. */
const MAX_TURNS = 8;
const MAX_LINES = 512;

/** The words of recent turns by offset: what was heard up to a moment, in text. */
export class Lines {
  readonly #turns = new Map<TurnId, Line[]>();

  /** Notes that the turn's sound grew by `length` at `offset`; `text` begins a clause, empty continues it. */
  add(turn: TurnId, piece: { text: string; offset: Micros; length: Micros }): void {
    let lines = this.#turns.get(turn);
    if (lines === undefined) {
      lines = [];
      this.#turns.set(turn, lines);
      const oldest = this.#turns.keys().next();
      if (this.#turns.size > MAX_TURNS && oldest.done !== true) this.#turns.delete(oldest.value);
    }
    const last = lines.at(-1);
    if (piece.text === "" && last !== undefined)
      last.length = (piece.offset + piece.length - last.offset) as Micros;
    else if (lines.length < MAX_LINES) lines.push({ ...piece });
  }

  /**
   * The words heard up to `upTo`. A clause that was cut gives the share of its characters that its share of time is,
   * cut back to a word border where the script has them: by characters, so that it holds for Chinese as for English.
   */
  heard(turn: TurnId, upTo: Micros): string {
    const parts: string[] = [];
    for (const line of this.#turns.get(turn) ?? []) {
      if (upTo <= line.offset) break;
      const share = line.length <= 0 ? 1 : (upTo - line.offset) / line.length;
      // The last tenth of a clause is its release and trailing silence.
      parts.push(share >= 0.9 ? line.text : cut(line.text, share));
      if (share < 0.9) break;
    }
    return joinClauses(parts.filter((part) => part !== ""));
  }
}

const cut = (text: string, share: number): string => {
  const characters = Array.from(text);
  const count = Math.floor(characters.length * share);
  const kept = characters.slice(0, count).join("");
  const next = characters[count] ?? "";
  if (!/[\p{Script=Latin}\d]/u.test(next)) return kept.trimEnd();
  return kept.replace(/[\p{Script=Latin}\d'’.-]+$/u, "").trimEnd();
};

/** Clauses as one text: a space between them except where one side is Chinese. */
const joinClauses = (parts: readonly string[]): string =>
  parts.reduce((text, part) => {
    if (text === "") return part;
    return /[\p{Script=Han}，。！？、：；]$/u.test(text) ? text + part : `${text} ${part}`;
  }, "");
