/** First and longest wait between attempts to reach the daemon, ms. */
const FIRST = 250;
const LONGEST = 8_000;

/**
 * Wait before attempt `attempt` (0 and up), ms: doubling, capped, and spread over the upper half by `random` (0..1), so
 * that pages of one daemon do not all return at once.
 */
export const backoff = (attempt: number, random: number): number => {
  const whole = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 16));
  return Math.round(whole * (0.5 + random / 2));
};
