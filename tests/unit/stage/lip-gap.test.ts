import { expect, test } from "vitest";
import { CURVE, CURVE_COUNT } from "../../../bridge/core/arkit.ts";
import type { FaceCurve } from "../../../bridge/core/arkit.ts";
import { lipGap } from "../../../bridge/stage/puppet/lip-gap.ts";

const face = (weights: Partial<Record<FaceCurve, number>>): Float32Array => {
  const curves = new Float32Array(CURVE_COUNT);
  for (const [name, weight] of Object.entries(weights)) curves[CURVE[name as FaceCurve]] = weight;
  return curves;
};

test("a resting face has no gap", () => {
  expect(lipGap(face({}))).toBe(0);
});

test("an open jaw opens the lips and mouthClose seals them", () => {
  expect(lipGap(face({ jawOpen: 0.4 }))).toBeCloseTo(0.991, 3);
  expect(lipGap(face({ jawOpen: 0.4, mouthClose: 0.78 * 0.4 }))).toBeCloseTo(0, 3);
});

test("pressing closed lips reads as less than nothing", () => {
  expect(lipGap(face({ mouthPressLeft: 1, mouthPressRight: 1 }))).toBeLessThan(0);
});

test("brows and eyes do not open the mouth", () => {
  expect(lipGap(face({ browInnerUp: 1, eyeBlinkLeft: 1, headYaw: 1 }))).toBe(0);
});
