/** What is compared: one hanzi, one Latin word without its ending, one number; and where it stood. */
export interface Unit {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/** A phrase ready to be looked for: it begins with a unit; a gap stands for up to `reach` units. */
export interface Phrase {
  readonly keys: readonly (string | Gap)[];
  /** The more a phrase says, the more it counts. */
  readonly weight: number;
}

type Gap = { readonly reach: number };

/** Where a phrase was found. */
export interface Match {
  /** Units it covers, without gaps. */
  readonly units: number;
  /** Position in the text behind it. */
  readonly end: number;
}

/** Short forms and what they are short for; keys after an apostrophe. */
const ENDINGS: Readonly<Record<string, string>> = {
  s: "is",
  re: "are",
  m: "am",
  ll: "will",
  ve: "have",
  d: "would",
  t: "not",
};

const UNIT = /\p{Script=Han}|\p{N}+(?:[.,]\p{N}+)*|(?:(?!\p{Script=Han})[\p{L}\p{M}])+/gu;

/** Text with full-width letters and figures narrowed and fancy apostrophes plain; every character keeps its place. */
export const plain = (text: string): string =>
  text
    .replace(/[\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A]/g, (wide) =>
      String.fromCharCode(wide.charCodeAt(0) - 0xfee0),
    )
    .replace(/[’‘`]/g, "'");

/** The units of `text`, which is `plain`: letter case, marks and plural endings do not count, "what's" is "what is". */
export const unitsOf = (text: string): Unit[] => {
  const units: Unit[] = [];
  for (const match of text.matchAll(UNIT)) {
    const start = match.index;
    const end = start + match[0].length;
    const word = match[0].toLowerCase();
    const ending = start > 0 && text[start - 1] === "'" ? ENDINGS[word] : undefined;
    const last = units.at(-1);
    // "don't" is cut into "don" and "t": the n belongs to "not".
    if (ending === "not" && last?.key.endsWith("n") === true) {
      units[units.length - 1] = { ...last, key: NEGATED[last.key] ?? last.key.slice(0, -1) };
    }
    units.push({ key: ending ?? stem(word), start, end });
  }
  return units;
};

const NEGATED: Readonly<Record<string, string>> = { can: "can", won: "will" };

/** Without a plural's or third person's ending; the same on both sides, so a wrong stem does no harm. */
const stem = (word: string): string => (/[^aisu]s$/.test(word) && word.length > 3 ? word.slice(0, -1) : word);

/** Gaps: three words, or eight hanzi, which are about as much. */
const REACH = { latin: 3, han: 8 } as const;

/** Reads a phrase of a character file. */
export const phraseOf = (text: string): Phrase => {
  const reach = /\p{Script=Han}/u.test(text) ? REACH.han : REACH.latin;
  const parts = plain(text).split("*");
  const keys = parts
    .map((part) => unitsOf(part).map((unit) => unit.key))
    .filter((units) => units.length > 0)
    .flatMap((units, index): (string | Gap)[] => (index === 0 ? units : [{ reach }, ...units]));
  const weight = keys.reduce((sum, key) => sum + (typeof key === "string" ? weightOf(key) : 0), 0);
  return { keys, weight };
};

const weightOf = (key: string): number => (/\p{Script=Han}/u.test(key) ? 3 : key.length + 1);

/** Where `phrase` occurs in `units` with its first unit at `start`. */
export const matchAt = (phrase: Phrase, units: readonly Unit[], start: number): Match | undefined => {
  const end = endOf(phrase, units, start);
  if (end === undefined) return undefined;
  const covered = phrase.keys.filter((key) => typeof key === "string").length;
  return { units: covered, end: units[end - 1]?.end ?? 0 };
};

/** Index behind the last unit of `phrase` laid at `start`, the nearest end where a gap leaves a choice. */
const endOf = (phrase: Phrase, units: readonly Unit[], start: number): number | undefined => {
  let at = start;
  let slack = 0;
  for (const key of phrase.keys) {
    if (typeof key !== "string") {
      slack = key.reach;
      continue;
    }
    const next = units.findIndex((unit, index) => index >= at && index <= at + slack && unit.key === key);
    if (next < 0) return undefined;
    at = next + 1;
    slack = 0;
  }
  return at > start ? at : undefined;
};
