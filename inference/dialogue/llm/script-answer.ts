/** What a line's {names} stand for; undefined where nothing is known. */
export type Values = Readonly<Record<string, string | undefined>>;

const NAME = /\{([a-z]+)\}/g;

/** Values that depend on what was said. A line that can use one is better than a line that does without. */
const RARE: ReadonlySet<string> = new Set(["user", "rest", "result", "last"]);

/** Characters by which a line is recognised in what was said; a line of which less was heard counts as unsaid. */
const MARK = 14;

/** `line` with its {names} filled in. */
export const fill = (line: string, values: Values): string =>
  line.replace(NAME, (_, name: string) => values[name] ?? "");

/** Of the lines that can be filled in, the one that was said longest ago; of those never said the first. */
export const oldestOf = (
  lines: readonly string[],
  about: { values: Values; earlier: readonly string[] },
): string => {
  const { values, earlier } = about;
  const whole = lines.filter((line) => namesIn(line).every((name) => values[name] !== undefined));
  const rare = whole.filter((line) => namesIn(line).some((name) => RARE.has(name)));
  const saidAt = (line: string): number => earlier.findLastIndex((said) => said.includes(markOf(line)));
  const candidates = rare.length > 0 ? rare : whole;
  return candidates.toSorted((a, b) => saidAt(a) - saidAt(b))[0] ?? "";
};

const namesIn = (line: string): string[] => [...line.matchAll(NAME)].map((match) => match[1] ?? "");

/** The longest stretch of a line that is always the same. */
const markOf = (line: string): string =>
  (line.split(NAME).toSorted((a, b) => b.length - a.length)[0] ?? "").trim().slice(0, MARK);
