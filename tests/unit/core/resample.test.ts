import fc from "fast-check";
import { expect, test } from "vitest";
import { resampled, Resampler, toFloat32, toInt16 } from "../../../bridge/core/resample.ts";

const sine = (hertz: number, rate: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate));

/** Signal over everything that is not the sine we expect, dB. */
const purity = (samples: Float32Array, hertz: number, rate: number): number => {
  let error = 0;
  let signal = 0;
  for (let i = 400; i < samples.length - 400; i++) {
    const wanted = 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate);
    error += ((samples[i] ?? 0) - wanted) ** 2;
    signal += wanted ** 2;
  }
  return 10 * Math.log10(signal / error);
};

test.each([
  [22_050, 48_000],
  [24_000, 48_000],
  [48_000, 16_000],
  [44_100, 16_000],
])("a 1 kHz tone keeps its pitch, phase and purity from %i to %i Hz", (from, to) => {
  const resampler = new Resampler({ from, to });
  const out = resampler.push(sine(1_000, from, from));
  expect(Math.abs(out.length - to)).toBeLessThan(64);
  expect(purity(out, 1_000, to)).toBeGreaterThan(70);
});

test("what lies above the new Nyquist frequency is gone", () => {
  const out = new Resampler({ from: 48_000, to: 16_000 }).push(sine(11_000, 48_000, 48_000));
  const power = out.slice(400, -400).reduce((sum, x) => sum + x * x, 0) / out.length;
  expect(10 * Math.log10(power / 0.125)).toBeLessThan(-60);
});

test("what the new rate can hold passes up to 7 kHz of 8", () => {
  const out = new Resampler({ from: 48_000, to: 16_000 }).push(sine(7_000, 48_000, 48_000));
  const power = out.slice(400, -400).reduce((sum, x) => sum + x * x, 0) / (out.length - 800);
  expect(Math.sqrt(power / 0.125)).toBeGreaterThan(0.95);
});

test("a constant stays constant, without ripple", () => {
  const out = resampled(new Float32Array(4_410).fill(0.5), { from: 44_100, to: 16_000 });
  for (const sample of out.subarray(200, 1_400)) expect(sample).toBeCloseTo(0.5, 4);
});

test.each([8_000, 11_025, 24_000, 44_100, 96_000])("a whole sound at %i Hz keeps its length", (from) => {
  const out = resampled(sine(1_000, from, from / 5), { from, to: 16_000 });
  expect(out).toHaveLength(3_200);
  expect(purity(out, 1_000, 16_000)).toBeGreaterThan(60);
});

test("equal rates hand the sound on, nothing stays nothing, and a rate of nothing is refused", () => {
  const samples = sine(100, 16_000, 800);
  expect(resampled(samples, { from: 16_000, to: 16_000 })).toBe(samples);
  expect(resampled(new Float32Array(0), { from: 44_100, to: 16_000 })).toHaveLength(0);
  expect(() => resampled(samples, { from: 0, to: 16_000 })).toThrow(RangeError);
});

test("any cutting of a stream gives the samples that the whole gives", () => {
  const input = sine(440, 22_050, 3_000);
  const whole = new Resampler({ from: 22_050, to: 48_000 }).push(input);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 12 }), (sizes) => {
      const resampler = new Resampler({ from: 22_050, to: 48_000 });
      const parts: number[] = [];
      let at = 0;
      for (const size of [...sizes, input.length]) {
        parts.push(...resampler.push(input.subarray(at, Math.min(input.length, at + size))));
        at = Math.min(input.length, at + size);
      }
      expect(parts.length).toBe(whole.length);
      for (let i = 0; i < parts.length; i++)
        expect(Math.abs((parts[i] ?? 0) - (whole[i] ?? 0))).toBeLessThan(1e-6);
    }),
    { numRuns: 25 },
  );
});

test("samples become 16 bit with clipping, and NaN is silence", () => {
  expect([...toInt16(Float32Array.of(0, 1, -1, 2, -2, Number.NaN))]).toEqual([
    0, 32_767, -32_767, 32_767, -32_767, 0,
  ]);
  expect(toFloat32(Int16Array.of(-32_768, 16_384))).toEqual(Float32Array.of(-1, 0.5));
});
