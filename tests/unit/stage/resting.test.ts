import { expect, test } from "vitest";
import { CURVE, CURVE_COUNT } from "../../../bridge/core/arkit.ts";
import { Resting } from "../../../bridge/stage/face/resting.ts";

test("a puppet nobody holds sleeps, wakes within a second when it is held, and dozes off again", () => {
  const resting = new Resting();
  const performed = new Float32Array(CURVE_COUNT);
  performed[CURVE.jawOpen] = 0.5;
  const run = (held: boolean, seconds: number): Float32Array => {
    for (let i = 0; i < seconds * 60; i++) resting.blend(performed, held, 1 / 60);
    return resting.curves;
  };
  expect(run(false, 1)[CURVE.eyeBlinkLeft]).toBeGreaterThan(0.9);
  expect(run(true, 1)[CURVE.eyeBlinkLeft]).toBeLessThan(0.06);
  expect(run(true, 1)[CURVE.jawOpen]).toBeCloseTo(0.5, 2);
  expect(run(false, 2)[CURVE.jawOpen]).toBeLessThan(0.01);
});
