import type { Lang } from "../../bridge/core/frames.ts";
import { fromMillis, type Micros } from "../../bridge/core/time.ts";

/** How much silence ends a user's turn, by how finished the words look. */
export interface HangoverProfile {
  /** The words end a sentence. */
  readonly finished: Micros;
  /** Nothing speaks for either. */
  readonly open: Micros;
  /** The words stop in the middle: "I would like the". */
  readonly unfinished: Micros;
}

/** Silences counted from the end of the last voiced window; measured with `tests/bench/ears.mjs`. */
export const HANGOVER: HangoverProfile = {
  finished: fromMillis(250),
  open: fromMillis(500),
  unfinished: fromMillis(800),
};

export type Completeness = "finished" | "open" | "unfinished";

/** Words after which an English sentence goes on, and sounds of somebody who is still thinking. */
const EN_GOES_ON = new Set(
  (
    "a an the and or but so because if when while that which who whose of to in on at by for from with about into than as " +
    "my your his its our their this these those is are was were am be been will would could should can may might must " +
    "i'm you're it's he's she's we're they're not very um uh er erm hmm like i we they he she"
  ).split(" "),
);
/** A one-word turn of these is an answer, not half a sentence. */
const EN_ANSWERS = /^(?:so|not|that|this|these|those|i|we|he|she|they|like)$/;
const ZH_GOES_ON =
  /(?:嗯|呃|那个|这个|就是|然后|还有|以及|因为|所以|但是|可是|如果|或者|而且|和|跟|与|的话|把|被|给|在|想|要|是|我|你|他|她)$/u;

/** How finished `text` looks: a guess from its last word and mark, for English and Mandarin. */
export const completenessOf = (text: string, lang: Lang): Completeness => {
  const trimmed = text.trim();
  if (/[,，、;；:：—–-]$|(?:\.{3}|…)$/u.test(trimmed)) return "unfinished";
  const words = trimmed.replace(/[\s"'”’)\]]+$/u, "");
  const spoken = words.replace(/[.!?。！？]+$/u, "");
  const ended = spoken !== words;
  if (lang === "zh") {
    if (ZH_GOES_ON.test(spoken)) return "unfinished";
    return ended ? "finished" : "open";
  }
  const all = spoken.toLowerCase().split(/\s+/);
  const last = all.at(-1) ?? "";
  // "What is this for?" ends with a preposition and is whole: a question mark is believed, a full stop is not.
  const question = /[?？]$/u.test(words);
  if (!question && EN_GOES_ON.has(last) && !(all.length === 1 && EN_ANSWERS.test(last))) return "unfinished";
  return ended ? "finished" : "open";
};

/** Silence after which `text` counts as the whole turn. */
export const hangoverFor = (text: string, lang: Lang, profile: HangoverProfile = HANGOVER): Micros =>
  text === "" ? profile.finished : profile[completenessOf(text, lang)];
