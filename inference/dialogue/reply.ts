import type { SpeechChunk } from "../../bridge/core/frames.ts";
import { fromSamples, later, plus, type Micros } from "../../bridge/core/time.ts";

/** One clause as it was handed over. Times are offsets in the turn. */
interface Clause {
  readonly number: number;
  readonly text: string;
  readonly start: Micros;
  /** End of the sound that has come so far. */
  end: Micros;
  /** Ends of its phonemes, where its voice gives times. */
  readonly phonemes: readonly Micros[];
}

/** Sound per unit of `weightOf` before a voice has shown its own pace: 14 letters or 4.7 hanzi a second. */
const PACE_US = 71_000;

/** What a puppet says in one turn, as speech chunks, and how much of it was heard. Lives as long as its turn. */
export class Reply {
  #clauses: Clause[] = [];
  #whole = false;

  /** Notes a chunk that is handed to the engines. */
  add(chunk: SpeechChunk): void {
    const end = plus(chunk.offset, fromSamples(chunk.pcm.length, chunk.sampleRate));
    const last = this.#clauses.at(-1);
    if (last !== undefined && last.number === chunk.clause) {
      last.end = later(last.end, end);
      return;
    }
    const phonemes = (chunk.phonemes ?? []).map((phoneme) => phoneme.end);
    this.#clauses.push({ number: chunk.clause, text: chunk.text, start: chunk.offset, end, phonemes });
  }

  /** No more chunks will come: the last clause is as long as its sound. */
  end(): void {
    this.#whole = true;
  }

  /** True where nothing was handed over. */
  get empty(): boolean {
    return this.#clauses.length === 0;
  }

  /** Where the sound that was handed over ends. */
  get length(): Micros {
    return this.#clauses.at(-1)?.end ?? (0 as Micros);
  }

  /** All text that was handed over. */
  get text(): string {
    return join(this.#clauses.map((clause) => clause.text));
  }

  /**
   * The text that had been spoken whole at `upTo`: finished clauses, then words (Latin script) or characters (hanzi) of
   * the clause that was cut. Counted by the phonemes' times where the voice has them, else by weight of characters.
   */
  textUpTo(upTo: Micros): string {
    const parts: string[] = [];
    for (const [index, clause] of this.#clauses.entries()) {
      if (upTo <= clause.start) break;
      const open = index === this.#clauses.length - 1 && !this.#whole;
      const share = this.#share(clause, { upTo, open });
      parts.push(share >= 1 ? clause.text : headOf(clause.text, share));
      if (share < 1) break;
    }
    return join(parts);
  }

  /** How much of a clause was spoken at `upTo`, 0..1. */
  #share(clause: Clause, at: { upTo: Micros; open: boolean }): number {
    const { upTo, open } = at;
    const { phonemes } = clause;
    if (phonemes.length > 0) {
      if (!open && upTo >= clause.end) return 1;
      return phonemes.filter((end) => end <= upTo).length / phonemes.length;
    }
    const known = clause.end - clause.start;
    // Of a clause whose sound is still coming only the beginning is known: its text tells how long it will be.
    const length = open ? Math.max(known, weightOf(clause.text) * this.#pace()) : known;
    return length <= 0 ? 1 : Math.min(1, (upTo - clause.start) / length);
  }

  /** Sound per unit of weight in the clauses that are complete. */
  #pace(): number {
    const done = this.#clauses.slice(0, -1);
    const weight = done.reduce((sum, clause) => sum + weightOf(clause.text), 0);
    const sound = done.reduce((sum, clause) => sum + clause.end - clause.start, 0);
    return weight > 0 && sound > 0 ? sound / weight : PACE_US;
  }
}

/** What is spoken at one go: a hanzi, or a run of letters and digits with its apostrophes. */
const UNIT =
  /\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{M}\p{N}])+(?:['’.,-](?:(?!\p{Script=Han})[\p{L}\p{M}\p{N}])+)*/gu;

/** Rough speaking time of a text, in letters: a hanzi or a digit takes as long as three. */
const weightOf = (text: string): number => {
  let weight = 0;
  for (const character of text) {
    if (/[\p{Script=Han}\p{N}]/u.test(character)) weight += 3;
    else if (/\p{L}/u.test(character)) weight += 1;
  }
  return weight;
};

/** The units of `text` that end within `share` of its weight. */
const headOf = (text: string, share: number): string => {
  // Half a letter of grace, for rounding; never half a word.
  const limit = weightOf(text) * share + 0.5;
  let weight = 0;
  let end = 0;
  for (const match of text.matchAll(UNIT)) {
    weight += weightOf(match[0]);
    if (weight > limit) break;
    end = match.index + match[0].length;
  }
  return text.slice(0, end);
};

/** Clauses as one text: a space between them, except around hanzi and where one is there. */
const join = (parts: readonly string[]): string =>
  parts
    .reduce((text, part) => {
      if (text === "" || part === "") return text + part;
      const tight = /[\p{Script=Han}\s，。！？；：、…]$/u.test(text) || /^[\s\p{P}]/u.test(part);
      return tight ? text + part : `${text} ${part}`;
    }, "")
    .trim();
