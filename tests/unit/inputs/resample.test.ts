import { expect, test } from "vitest";
import { resample } from "../../../inference/inputs/resample.ts";

const sine = (hertz: number, rate: number, seconds = 0.5): Float32Array =>
  Float32Array.from(
    { length: Math.round(rate * seconds) },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate),
  );

/** Root mean square of the middle half. */
const levelOf = (samples: Float32Array): number => {
  const middle = samples.subarray(samples.length / 4, (samples.length * 3) / 4);
  return Math.sqrt(middle.reduce((sum, s) => sum + s * s, 0) / middle.length);
};

test.each([8_000, 11_025, 22_050, 24_000, 44_100, 48_000, 96_000])(
  "a 1 kHz tone at %i Hz is the same tone at 16 kHz",
  (rate) => {
    const out = resample(sine(1_000, rate), rate, 16_000);
    const ideal = sine(1_000, 16_000);
    expect(Math.abs(out.length - 8_000)).toBeLessThanOrEqual(1);
    for (let i = 1_000; i < 7_000; i++) expect(Math.abs((out[i] ?? 9) - (ideal[i] ?? 0))).toBeLessThan(2e-3);
  },
);

test("what 16 kHz cannot hold is removed, not folded down", () => {
  expect(levelOf(resample(sine(11_000, 48_000), 48_000, 16_000))).toBeLessThan(1e-3);
});

test("what it can hold passes up to 7 kHz", () => {
  expect(
    levelOf(resample(sine(7_000, 48_000), 48_000, 16_000)) / levelOf(sine(7_000, 16_000)),
  ).toBeGreaterThan(0.95);
});

test("a constant stays constant, without ripple", () => {
  const out = resample(new Float32Array(4_410).fill(0.5), 44_100, 16_000).subarray(200, 1_400);
  for (const sample of out) expect(sample).toBeCloseTo(0.5, 5);
});

test("equal rates hand the samples on, and nothing stays nothing", () => {
  const samples = sine(100, 16_000);
  expect(resample(samples, 16_000, 16_000)).toBe(samples);
  expect(resample(new Float32Array(0), 44_100, 16_000)).toHaveLength(0);
});

test("a rate of nothing is refused", () => {
  expect(() => resample(new Float32Array(1), 0, 16_000)).toThrow(RangeError);
});
