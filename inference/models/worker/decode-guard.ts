/** Speech has at most this many tokens a second; noise makes a decoder run on. */
const TOKENS_PER_SECOND = 6.5;
const SPARE_TOKENS = 4;

/** Most tokens that `samples` at 16 kHz can hold. */
export const runawayLimit = (samples: number): number =>
  Math.ceil((samples / 16_000) * TOKENS_PER_SECOND) + SPARE_TOKENS;

/** How much of a draft the decoder would have written itself. `guesses[i]` is its token after the first i of the draft. */
export const keptLength = (draft: readonly number[], guesses: readonly number[]): number => {
  let kept = 0;
  while (kept < draft.length && guesses[kept] === draft[kept]) kept++;
  return kept;
};

const LONGEST_LOOP = 8;
/** "no no no no" is said by people; the same phrase five times over is a decoder in a loop. */
const ROUNDS = 5;

/** True where the newest tokens are one phrase of up to eight tokens, five times in a row. */
export const repeats = (tokens: readonly number[]): boolean => {
  for (let length = 1; length <= LONGEST_LOOP; length++) {
    const span = length * ROUNDS;
    if (tokens.length < span) return false;
    let same = true;
    for (let i = tokens.length - span + length; same && i < tokens.length; i++)
      same = tokens[i] === tokens[i - length];
    if (same) return true;
  }
  return false;
};

/** Without the repeats of a looping end: its phrase stays once. */
export const withoutLoop = (tokens: readonly number[]): readonly number[] => {
  if (!repeats(tokens)) return tokens;
  for (let length = 1; length <= LONGEST_LOOP; length++) {
    let from = tokens.length - length;
    while (from > 0 && tokens[from - 1] === tokens[from - 1 + length]) from--;
    if (tokens.length - from >= length * ROUNDS) return tokens.slice(0, from + length);
  }
  return tokens;
};
