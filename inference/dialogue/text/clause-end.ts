import { TAG_LENGTH } from "./speakable.ts";

/** Longest clause, UTF-16 units. Text without any mark is cut at its last soft mark, else its last space, else here. */
export const LONGEST_CLAUSE = 200;
/** Text looked at for one decision: the longest clause, and the longest tag or token that may begin at its end. */
const WINDOW = LONGEST_CLAUSE + TAG_LENGTH + 24;

/**
 * Weight a clause has before a full stop, or a comma, ends it, by its place in the turn: a hanzi weighs 3, a letter or
 * digit 1 (about 70 ms each). The first leaves at any mark; the second must not keep a short first one waiting.
 */
const WEIGHTS = [
  { hard: 1, soft: 1 },
  { hard: 3, soft: 18 },
  { hard: 12, soft: 45 },
] as const;
const LATER = WEIGHTS[2];

/** Words, or hanzi, after which a first clause may end before a joining word, without any mark. */
const BREATH_WORDS = 4;
const BREATH_HANZI = 8;

const ENGLISH_JOINTS = new Set(
  (
    "and but or because so that which who when while where if then for with in on at from by " +
    "after before since until unless though although like into over through"
  ).split(" "),
);
const CHINESE_JOINTS =
  /^(?:因为|所以|但是|可是|而且|然后|如果|不过|或者|以及|并且|那么|虽然|只要|只有|无论|由于|同时|另外|还有|就是|其实|特别|非常|可以|应该|需要)/u;
const ABBREVIATIONS = new Set(
  (
    "mr mrs ms dr prof st vs etc jr sr inc ltd corp approx fig dept sgt capt lt mt ave blvd rev hon " +
    "jan feb aug sept oct nov dec al ca cf ed eds vol pp"
  ).split(" "),
);

/** More text is needed to say where the clause ends. */
const WAIT = Symbol("wait");
type Wait = typeof WAIT;

interface Mark {
  /** Where the scan goes on. */
  readonly next: number;
  /** Where a clause may end, or undefined where this is only a token. */
  readonly end?: number;
  readonly kind?: "hard" | "soft";
}

/**
 * Where the first clause of `buffer` ends, or undefined where more text is needed to tell. `index` counts clauses
 * within the turn; `ended` says that no more text comes. The answer depends on the first
 * `WINDOW` characters alone, so it is the same however the text was cut into pieces.
 */
export const clauseEnd = (
  buffer: string,
  { index, ended }: { index: number; ended: boolean },
): number | undefined => {
  const first = index === 0;
  const least = WEIGHTS[index] ?? LATER;
  const text = buffer.slice(0, WINDOW);
  const whole = ended || buffer.length >= WINDOW;
  let weight = 0;
  let hanzi = 0;
  let words = 0;
  let soft = 0;
  let space = 0;
  let at = 0;
  while (at < text.length) {
    if (at >= LONGEST_CLAUSE) return forced(text, soft, space);
    const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (!whole && at === text.length - 1 && /[\uD800-\uDBFF]/.test(char)) return undefined;
    if (/[\p{L}\p{N}]/u.test(char)) {
      const isHanzi = /\p{Script=Han}/u.test(char);
      if (isHanzi && first && hanzi >= BREATH_HANZI) {
        if (!whole && at + 2 > text.length) return undefined;
        if (CHINESE_JOINTS.test(text.slice(at, at + 2))) return at;
      }
      hanzi += isHanzi ? 1 : 0;
      weight += isHanzi ? 3 : 1;
      at += char.length;
      continue;
    }
    if (/[^\S\n]/.test(char)) {
      space = at + 1;
      words += /[\p{L}\p{N}][^\s\p{L}\p{N}]*$/u.test(text.slice(Math.max(0, at - 8), at)) ? 1 : 0;
      if (first && words >= BREATH_WORDS && hanzi === 0) {
        const word = /^[A-Za-z']*/.exec(text.slice(at + 1))?.[0] ?? "";
        if (!whole && at + 1 + word.length >= text.length) return undefined;
        if (ENGLISH_JOINTS.has(word.toLowerCase())) return at + 1;
      }
      at += 1;
      continue;
    }
    const mark = markAt(text, at, { whole, first });
    if (mark === WAIT) return undefined;
    if (mark.end !== undefined && mark.end <= LONGEST_CLAUSE && weight > 0) {
      if (weight >= (mark.kind === "hard" ? least.hard : least.soft)) return mark.end;
      soft = mark.end;
    }
    at = mark.next;
  }
  if (text.length >= LONGEST_CLAUSE && text.length < buffer.length) return forced(text, soft, space);
  return ended && text.length > 0 ? text.length : undefined;
};

/** The cut of a clause that has no acceptable end: never inside a surrogate pair. */
const forced = (text: string, soft: number, space: number): number => {
  const best = Math.max(soft, space);
  if (soft > LONGEST_CLAUSE / 4) return soft;
  if (best > 0) return best;
  return /[\uD800-\uDBFF]/.test(text.charAt(LONGEST_CLAUSE - 1)) ? LONGEST_CLAUSE - 1 : LONGEST_CLAUSE;
};

const markAt = (
  text: string,
  at: number,
  { whole, first }: { whole: boolean; first: boolean },
): Mark | Wait => {
  const char = text.charAt(at);
  if (char === "[") return enclosed(text, at, whole);
  if (char === "*") return starred(text, at, whole);
  if (char === "\n") return { next: at + 1, end: at + 1, kind: "hard" };
  if (/[。！？；]/.test(char))
    return first ? { next: at + 1, end: at + 1, kind: "hard" } : closed(text, at, whole);
  if (char === "、") return { next: at + 1, end: at + 1, kind: "soft" };
  if (/[，：]/.test(char)) return fullWidth(text, at, whole);
  if (/[…—]/.test(char)) return repeated(text, at, whole);
  if (/[.!?]/.test(char)) return terminal(text, at, whole);
  if (/[,;:]/.test(char)) return spaced(text, at + 1, "soft", whole);
  return { next: at + (String.fromCodePoint(text.codePointAt(at) ?? 0).length || 1) };
};

/** `[smile]` is one token: no clause ends inside it. */
const enclosed = (text: string, at: number, whole: boolean): Mark | Wait => {
  const close = text.indexOf("]", at + 1);
  if (close > 0 && close - at <= TAG_LENGTH + 1) return { next: close + 1 };
  return !whole && text.length - at <= TAG_LENGTH + 1 ? WAIT : { next: at + 1 };
};

/** `*laughs softly*` is one token; `**` is a Markdown mark. */
const starred = (text: string, at: number, whole: boolean): Mark | Wait => {
  if (at + 1 >= text.length) return whole ? { next: at + 1 } : WAIT;
  const next = text.charAt(at + 1);
  if (next === "*") return { next: at + 2 };
  if (/\s/.test(next)) return { next: at + 1 };
  const rest = text.slice(at + 1, at + 2 + TAG_LENGTH);
  const close = rest.search(/[*\n]/);
  if (close >= 0) return { next: rest.charAt(close) === "*" ? at + 2 + close : at + 1 };
  return !whole && rest.length <= TAG_LENGTH ? WAIT : { next: at + 1 };
};

/** 。 with the marks and closing quotes behind it. Only a first clause is in such a hurry that it leaves without them. */
const closed = (text: string, at: number, whole: boolean): Mark | Wait => {
  let end = at;
  while (/[。！？；!?”’」』】）]/.test(text.charAt(end))) end++;
  return end >= text.length && !whole ? WAIT : { next: end, end, kind: "hard" };
};

/** ， and ： end a clause at once, except between digits (12：30). */
const fullWidth = (text: string, at: number, whole: boolean): Mark | Wait => {
  if (!/\d/.test(text.charAt(at - 1))) return { next: at + 1, end: at + 1, kind: "soft" };
  if (at + 1 >= text.length && !whole) return WAIT;
  return /\d/.test(text.charAt(at + 1)) ? { next: at + 1 } : { next: at + 1, end: at + 1, kind: "soft" };
};

/** …… and —— are one mark. */
const repeated = (text: string, at: number, whole: boolean): Mark | Wait => {
  let end = at;
  while (text.charAt(end) === text.charAt(at)) end++;
  if (end >= text.length && !whole) return WAIT;
  return { next: end, end, kind: "soft" };
};

/** `.`, `!` and `?` end a clause where a space, a hanzi or the end of the text follows, and no abbreviation stands before. */
const terminal = (text: string, at: number, whole: boolean): Mark | Wait => {
  let end = at;
  while (/[.!?]/.test(text.charAt(end))) end++;
  const run = text.slice(at, end);
  while (/["'”’)\]」』】]/.test(text.charAt(end))) end++;
  if (run === ".") {
    const before = /[\p{L}\p{N}.]*$/u.exec(text.slice(Math.max(0, at - 24), at))?.[0] ?? "";
    if (isShort(before)) return { next: end };
    // "1. Apples": the number of a list item.
    if (/(?:^|\n)\s*\d{1,3}$/.test(text.slice(Math.max(0, at - 8), at)) && isLineStart(text, at))
      return { next: end };
    if (before.toLowerCase() === "no") return numbered(text, end, whole);
  }
  return spaced(text, end, /^\.{2,}$/.test(run) ? "soft" : "hard", whole);
};

/** True where `text` up to `at` holds only digits since its line began. */
const isLineStart = (text: string, at: number): boolean => /(?:^|\n)\s*\d+$/.test(text.slice(0, at));

/** "No. 5" is a number; "No. Never." is an answer. */
const numbered = (text: string, end: number, whole: boolean): Mark | Wait => {
  const rest = /^\s*(.?)/su.exec(text.slice(end));
  if (!whole && (rest?.[1] ?? "") === "") return WAIT;
  return /\d/.test(rest?.[1] ?? "") ? { next: end } : spaced(text, end, "hard", whole);
};

/** Words whose full stop does not end a sentence: Mr, e.g, U.S, J (an initial). */
const isShort = (word: string): boolean =>
  ABBREVIATIONS.has(word.toLowerCase()) ||
  /^(?:\p{L}\.)+\p{L}{1,2}$/u.test(word) ||
  /^(?!I$)[A-Z]$/.test(word) ||
  word === "Ph.D";

/** A mark that counts only before a space or a hanzi; the space belongs to it. */
const spaced = (text: string, end: number, kind: "hard" | "soft", whole: boolean): Mark | Wait => {
  if (end >= text.length) return whole ? { next: end, end, kind } : WAIT;
  const next = String.fromCodePoint(text.codePointAt(end) ?? 0);
  if (next === "\n") return { next: end, end, kind };
  if (/\s/.test(next)) return { next: end + 1, end: end + 1, kind };
  return /\p{Script=Han}/u.test(next) ? { next: end, end, kind } : { next: end };
};
