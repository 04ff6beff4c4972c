/** Words that are written in two ways: digits as words, so that "5 5" and "five five" agree. */
const DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/** Lower-case words without punctuation. */
export const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .replaceAll(/[’']/g, "")
    .replaceAll(/[^\p{Letter}\p{Number}\s]/gu, " ")
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => DIGITS[Number(word)] ?? word);

/** Substitutions, insertions and deletions between two texts, in words (Levenshtein). */
export const wordErrors = (reference: string, heard: string): { errors: number; words: number } => {
  const wanted = wordsOf(reference);
  const got = wordsOf(heard);
  let row = got.map((_, i) => i + 1);
  row.unshift(0);
  for (const [i, word] of wanted.entries()) {
    const next = [i + 1];
    for (const [j, other] of got.entries())
      next.push(
        Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (word === other ? 0 : 1)),
      );
    row = next;
  }
  return { errors: row.at(-1) ?? 0, words: wanted.length };
};
