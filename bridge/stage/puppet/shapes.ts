import type { ARKIT_WEIGHTS } from "../../core/arkit.ts";
import { eyeShapes } from "./eye-shapes.ts";
import { bump } from "./maths.ts";
import { NOWHERE } from "./maths.ts";
import type { Vec3 } from "./maths.ts";
import { alongLip, jawShare, lipBand, mouthCorner, mouthRing, mouthSide, patch } from "./masks.ts";
import type { Side } from "./masks.ts";
import { isLower, isUpper } from "./mesh-draft.ts";
import type { Vertex } from "./mesh-draft.ts";
import { MOUTH_HALF, MOUTH_Y } from "./surface.ts";

export type Shape = (typeof ARKIT_WEIGHTS)[number];
/** Where a vertex goes, in cm, when its shape is fully on. */
export type ShapeFormula = (v: Vertex) => Vec3;

/** The joint the jaw turns about and how far it opens, radians. */
export const JAW_Y = -2.2;
export const JAW_OPEN = 0.3;

const scaled = (k: number, [x, y, z]: Vec3): Vec3 => [x * k, y * k, z * k];

const jawOpen: ShapeFormula = (v) => {
  const share = jawShare(v);
  if (share < 1e-4) return NOWHERE;
  const angle = JAW_OPEN * share;
  const [y, z] = [v.y - JAW_Y, v.z];
  return [
    -0.045 * v.x * share * bump(v.y - MOUTH_Y, 2.5),
    y * Math.cos(angle) - z * Math.sin(angle) - y,
    y * Math.sin(angle) + z * Math.cos(angle) - z,
  ];
};

const mouthFunnel: ShapeFormula = (v) => {
  const k = mouthRing(v);
  const apart = 0.46 * lipBand(v, 0, 0.8) * k;
  return [-0.3 * v.chartX * k, isUpper(v) ? apart : -apart, 0.95 * k];
};

const mouthPucker: ShapeFormula = (v) => {
  const k = mouthRing(v);
  const apart = 0.1 * alongLip(v) * k - 0.02 * k;
  const z = 1.15 * k * (1 - 0.25 * (v.chartX / MOUTH_HALF) ** 2);
  return [-0.48 * v.chartX * k, isUpper(v) ? apart : -apart, z];
};

const cheekPuff: ShapeFormula = (v) => {
  const k = patch({ ...v, chartX: Math.abs(v.chartX) }, 3.8, -5.8, 1.5, 1.7);
  return [Math.sign(v.chartX) * 0.75 * k, 0, 0.85 * k];
};

const ofUpper = (v: Vertex, k: number, offset: Vec3): Vec3 => (isUpper(v) ? scaled(k, offset) : NOWHERE);
const ofLower = (v: Vertex, k: number, offset: Vec3): Vec3 => (isLower(v) ? scaled(k, offset) : NOWHERE);

/** Shapes of both sides at once. */
const MIDDLE = {
  jawForward: (v) => [0, 0, 0.7 * jawShare(v)],
  jawOpen,
  // Solved on the mesh by `sealLips`: only there is it known how far each column has opened.
  mouthClose: () => NOWHERE,
  mouthFunnel,
  mouthPucker,
  mouthRollLower: (v) => ofLower(v, lipBand(v, -0.2, 0.5), [0, 0.14, -0.55]),
  mouthRollUpper: (v) => ofUpper(v, lipBand(v, 0.2, 0.5), [0, -0.1, -0.55]),
  mouthShrugLower: (v) => ofLower(v, lipBand(v, -0.6, 1.3), [0, 0.36, 0.3]),
  mouthShrugUpper: (v) => ofUpper(v, lipBand(v, 0.6, 1), [0, 0.34, 0.28]),
  browInnerUp: (v) =>
    scaled(patch({ ...v, chartX: Math.abs(v.chartX) }, 1.3, 2.6, 1.3, 1.5), [0, 0.85, 0.05]),
  cheekPuff,
  // The tongue is a body of its own; the skin does not move.
  tongueOut: () => NOWHERE,
} satisfies Partial<Record<Shape, ShapeFormula>>;

const smile = (v: Vertex, side: Side): Vec3 => {
  const corner = mouthCorner(v, side, 1.25, 1.05);
  const cheek = patch(v, side * 3.9, -3.4, 1.3, 1.3);
  return [side * (0.85 * corner + 0.12 * cheek), 0.92 * corner + 0.38 * cheek, 0.34 * cheek - 0.42 * corner];
};

const press = (v: Vertex, side: Side): Vec3 =>
  scaled(mouthSide(v, side) * lipBand(v, 0, 0.5), [0, isUpper(v) ? -0.06 : 0.07, -0.14]);

/** Shapes that exist once on each side; `side` is 1 for the character's left. */
const SIDED = {
  jaw: (v, side) => [side * 0.75 * jawShare(v), 0, 0],
  mouth: (v, side) => scaled(mouthRing(v), [side * 0.85, 0, -0.05]),
  mouthSmile: smile,
  mouthFrown: (v, side) => scaled(mouthCorner(v, side, 1.15, 1), [side * 0.12, -0.85, -0.12]),
  mouthDimple: (v, side) => scaled(mouthCorner(v, side, 0.75, 0.7), [side * 0.35, 0.08, -0.55]),
  mouthStretch: (v, side) => scaled(mouthCorner(v, side, 1.2, 0.85), [side * 0.85, -0.28, -0.35]),
  mouthPress: press,
  mouthLowerDown: (v, side) => ofLower(v, mouthSide(v, side) * lipBand(v, 0, 0.9), [0, -0.62, 0.1]),
  mouthUpperUp: (v, side) => ofUpper(v, mouthSide(v, side) * lipBand(v, 0, 0.95), [0, 0.6, 0.08]),
  browDown: (v, side) => scaled(patch(v, side * 3, 2.5, 2, 1.5), [-side * 0.22, -0.62, 0.12]),
  browOuterUp: (v, side) => scaled(patch(v, side * 4.6, 2.7, 1.6, 1.6), [0, 0.85, 0]),
  cheekSquint: (v, side) => scaled(patch(v, side * 3.7, -2, 1.5, 1.1), [0, 0.5, 0.25]),
  noseSneer: (v, side) => scaled(patch(v, side * 1.1, -3.6, 0.75, 1.2), [side * 0.1, 0.48, 0.06]),
  ...eyeShapes,
} satisfies Record<string, (v: Vertex, side: Side) => Vec3>;

const formulas = new Map<string, ShapeFormula>(Object.entries(MIDDLE));
for (const [name, formula] of Object.entries(SIDED)) {
  formulas.set(`${name}Left`, (v) => formula(v, 1));
  formulas.set(`${name}Right`, (v) => formula(v, -1));
}

/** The formula of an ARKit shape. */
export const shapeFormula = (shape: Shape): ShapeFormula => {
  const formula = formulas.get(shape);
  if (formula === undefined) throw new RangeError(`the puppet has no shape ${shape}`);
  return formula;
};
