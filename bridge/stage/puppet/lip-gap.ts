import { CURVE } from "../../core/arkit.ts";
import type { FaceCurve } from "../../core/arkit.ts";
import { at } from "./maths.ts";

/**
 * What one unit of each curve does to the opening between the lips at the middle, cm. Measured on the mesh (every level
 * of detail has a column there, so they agree); the unit test holds this table to the carved head.
 * ICT FaceKit has the same signs and near sizes: jawOpen 2.89, mouthClose -3.72, funnel 1.08.
 */
export const LIP_GAP = {
  jawOpen: 2.4781,
  mouthClose: -3.1771,
  mouthFunnel: 0.92,
  mouthPucker: 0.16,
  mouthRollLower: -0.1293,
  mouthRollUpper: -0.0923,
  mouthShrugLower: -0.3237,
  mouthShrugUpper: 0.284,
  mouthPressLeft: -0.0458,
  mouthPressRight: -0.0458,
  mouthLowerDownLeft: 0.2182,
  mouthLowerDownRight: 0.2182,
  mouthUpperUpLeft: 0.2112,
  mouthUpperUpRight: 0.2112,
} as const satisfies Partial<Record<FaceCurve, number>>;

const TERMS = Object.entries(LIP_GAP).map(([name, coefficient]) => ({
  curve: CURVE[name as keyof typeof LIP_GAP],
  coefficient,
}));

/** Opening between the lips at the middle of the mouth, cm; below 0 they press against each other. */
export const lipGap = (curves: ArrayLike<number>): number =>
  TERMS.reduce((gap, { curve, coefficient }) => gap + coefficient * at(curves, curve), 0);
