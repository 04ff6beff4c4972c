/** Characters that are vowels, for a voice that opens and closes. */
const VOWEL = /[aeiouyAEIOUY\p{Script=Han}]/u;

/**
 * A voice for tests: a buzz with two formants whose syllables follow the text, s16le mono.
 * Its length is the number of characters over `charactersPerSecond`; hanzi count three.
 */
export const voiceOf = (
  text: string,
  options: { sampleRate: number; charactersPerSecond: number },
): Buffer => {
  const { sampleRate, charactersPerSecond } = options;
  const units = Array.from(text).flatMap((character) =>
    /\p{Script=Han}/u.test(character) ? [character, character, character] : [character],
  );
  const perUnit = Math.round(sampleRate / charactersPerSecond);
  const pcm = Buffer.alloc(units.length * perUnit * 2);
  let level = 0;
  for (let at = 0; at < units.length * perUnit; at++) {
    const unit = units[Math.floor(at / perUnit)] ?? " ";
    const target = loudness(unit);
    level += (target - level) * 0.004;
    const t = at / sampleRate;
    const code = unit.codePointAt(0) ?? 0;
    const [f1, f2] = [300 + (code % 7) * 80, 1_000 + (code % 11) * 120];
    const glottis = 0.5 + 0.5 * Math.sin(2 * Math.PI * 130 * t);
    const sample =
      level * glottis * (0.6 * Math.sin(2 * Math.PI * f1 * t) + 0.3 * Math.sin(2 * Math.PI * f2 * t));
    pcm.writeInt16LE(Math.round(Math.max(-1, Math.min(1, sample)) * 32_000), at * 2);
  }
  return pcm;
};

const loudness = (unit: string): number => {
  if (VOWEL.test(unit)) return 0.5;
  return /[\p{L}\p{N}]/u.test(unit) ? 0.15 : 0;
};
