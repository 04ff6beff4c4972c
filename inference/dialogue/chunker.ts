import { orAbort } from "../../bridge/core/stage.ts";
import type { Lang } from "../../bridge/core/frames.ts";
import { clauseEnd } from "./text/clause-end.ts";
import { hasHanzi, langOf } from "./text/script.ts";
import { displayText } from "./text/speakable.ts";

/** What TTS speaks at once: at most 200 characters. The texts of a turn, one after the other, are the turn's text. */
export interface Clause {
  /** As it came, tags included; ends in a space where the next clause's text follows after one. */
  readonly text: string;
  readonly lang: Lang;
  /** Counts from 0 within the turn. */
  readonly index: number;
}

/**
 * Cuts text into clauses as it arrives. The first leaves at its first comma, or before a joining word after four words
 * or eight hanzi; later ones are longer. How the text was cut into pieces makes no difference. An error of `text` is
 * thrown on, and the clause it interrupts is dropped: half a sentence is never spoken.
 */
export async function* clauses(
  text: AsyncIterable<string>,
  { lang, signal }: { lang: Lang; signal: AbortSignal },
): AsyncGenerator<Clause, void, undefined> {
  let rest = "";
  let index = 0;
  const cut = (ended: boolean): Clause | undefined => {
    rest = rest.trimStart();
    const end = clauseEnd(rest, { index, ended });
    if (end === undefined) return undefined;
    const clause = {
      text: tidy(rest.slice(0, end)),
      lang: langOf(displayText(rest.slice(0, end)), lang),
      index,
    };
    rest = rest.slice(end);
    index++;
    return clause;
  };
  const iterator = text[Symbol.asyncIterator]();
  let open = true;
  try {
    while (open) {
      const piece = await orAbort(iterator.next(), signal);
      open = piece.done !== true;
      if (piece.done !== true) rest += piece.value;
      for (let clause = cut(!open); clause !== undefined; clause = cut(!open)) {
        yield clause;
        signal.throwIfAborted();
      }
    }
  } finally {
    // Not awaited: a generator suspended in an await that never settles cannot be returned.
    if (open) void iterator.return?.()?.catch(() => undefined);
  }
}

/** One space at the end where space was, none after hanzi and full-width marks. */
const tidy = (text: string): string => {
  const trimmed = text.trimEnd();
  if (trimmed.length === text.length || hasHanzi(trimmed.slice(-1)) || /[，。！？；：、…]$/.test(trimmed))
    return trimmed;
  return `${trimmed} `;
};
