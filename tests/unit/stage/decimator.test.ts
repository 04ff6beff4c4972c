import { expect, test } from "vitest";
import { Decimator } from "../../../bridge/stage/sound/decimator.ts";

/** RMS of a tone after decimation from 48 to 16 kHz, settled. */
const through = (hertz: number): number => {
  const decimator = new Decimator(3);
  const slow: number[] = [];
  for (let i = 0; i < 48_000; i++) {
    const sample = decimator.push(Math.sin((2 * Math.PI * hertz * i) / 48_000));
    if (sample !== undefined) slow.push(sample);
  }
  expect(slow).toHaveLength(16_000);
  const settled = slow.slice(100);
  return Math.sqrt(settled.reduce((sum, sample) => sum + sample * sample, 0) / settled.length);
};

test("speech passes unchanged", () => {
  for (const hertz of [120, 1_000, 3_400, 5_500]) expect(through(hertz)).toBeCloseTo(Math.SQRT1_2, 1);
});

test("what would alias into the ears is gone", () => {
  for (const hertz of [10_000, 13_000, 17_000, 23_000]) expect(through(hertz)).toBeLessThan(0.01);
});

test("a factor that is no whole number is refused", () => {
  expect(() => new Decimator(2.756)).toThrow(RangeError);
});
