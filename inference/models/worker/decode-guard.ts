/** Speech has at most this many tokens a second; noise makes a decoder run on. */
const TOKENS_PER_SECOND = 6.5;
const SPARE_TOKENS = 4;

/** Most tokens that `samples` at 16 kHz can hold. */
export const runawayLimit = (samples: number): number =>
  Math.ceil((samples / 16_000) * TOKENS_PER_SECOND) + SPARE_TOKENS;

/**
 * "No word at all" is believed where it leads the likeliest word by this much (natural logarithm of the odds). Measured
 * with silences of 100 to 450 ms around the sound: of 25 lines of half a second in our own voice 10 began with END, by
 * at most 3.6 in all but one place; room noise led by 4.2 to 8.9, clicks, hums and coughs by 4.0 to 9.7.
 */
const BELIEF = 3.5;

/** The first token of what was heard: `end` only where no word comes near it. `logits` are those of the first place. */
export const firstToken = (logits: Float32Array, end: number): number => {
  let word = end === 0 ? 1 : 0;
  for (let token = 0; token < logits.length; token++)
    if (token !== end && (logits[token] ?? 0) > (logits[word] ?? 0)) word = token;
  return (logits[end] ?? 0) - (logits[word] ?? 0) >= BELIEF ? end : word;
};

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
