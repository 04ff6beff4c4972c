import { bump, bump2, ramp } from "./maths.ts";
import { isLipRim, isUpper } from "./mesh-draft.ts";
import type { Vertex } from "./mesh-draft.ts";
import { EYE_X, MOUTH_HALF, MOUTH_Y } from "./surface.ts";

// How much a vertex belongs to a part of the face, 0..1, from where it sits at rest.

/** The character's left (+x) or right. */
export type Side = 1 | -1;

/** 1 on the front of the face, 0 behind the ears. */
export const onFace = (v: Vertex): number => ramp(0, 0.5, v.facing);

/** A soft patch of the face round (`x`, `y`). */
export const patch = (v: Vertex, x: number, y: number, sigmaX: number, sigmaY: number): number =>
  bump2(v.chartX - x, v.chartY - y, sigmaX, sigmaY) * onFace(v);

/** The ring of muscle round the mouth. */
export const mouthRing = (v: Vertex): number => {
  const dy = v.chartY - MOUTH_Y;
  return Math.exp(-Math.pow((v.chartX * v.chartX) / 6.2 + (dy * dy) / 1.9, 1.2)) * onFace(v);
};

/** 1 at the middle of the lips, 0 at the corners and beyond. */
export const alongLip = (v: Vertex): number =>
  Math.max(0, 1 - Math.pow(Math.abs(v.chartX) / MOUTH_HALF, 2.2));

/** A band of lip `offset` above the mouth line. */
export const lipBand = (v: Vertex, offset: number, sigma: number): number =>
  alongLip(v) * bump(v.chartY - MOUTH_Y - offset, sigma) * onFace(v);

/** Skin and lips on one side of the mouth, blended over the middle. */
export const mouthSide = (v: Vertex, side: Side): number => ramp(-0.6, 0.9, side * v.chartX);

export const mouthCorner = (v: Vertex, side: Side, sigmaX: number, sigmaY: number): number =>
  patch(v, side * MOUTH_HALF, MOUTH_Y, sigmaX, sigmaY);

/** Skin above and below an eye. The lids proper are shells that turn. */
export const upperLid = (v: Vertex, side: Side): number => patch(v, side * EYE_X, 0.75, 1.5, 0.45);
export const lowerLid = (v: Vertex, side: Side): number => patch(v, side * EYE_X, -0.6, 1.5, 0.5);

/** Share of the jaw's turn that the corners of the mouth follow. */
const CORNER = 0.42;

/**
 * How far a vertex follows the jaw. Along the lips the weight is a lens (lower lip 1, upper 0, corners between):
 * with a plain step the open mouth is a rectangle.
 */
export const jawShare = (v: Vertex): number => {
  const beyond = Math.abs(v.chartX) - MOUTH_HALF;
  const share = beyond <= 1e-6 ? lipJaw(v) : cheekJaw(v, beyond);
  return share * ramp(-4.5, 3.2, v.z);
};

const lipJaw = (v: Vertex): number => {
  const t = Math.min(1, Math.abs(v.chartX) / MOUTH_HALF);
  const lens = 1 - Math.pow(1 - Math.pow(t, 2.6), 0.62);
  if (isUpper(v)) return CORNER * lens * (v.part === "skin" ? ramp(2.6, 0, v.chartY - MOUTH_Y) : 1);
  const edge = 1 - (1 - CORNER) * lens;
  return isLipRim(v) ? edge : edge + (1 - edge) * ramp(0, 1.9, MOUTH_Y - v.chartY);
};

const cheekJaw = (v: Vertex, beyond: number): number => {
  const dy = v.chartY - MOUTH_Y;
  const corner = dy > 0 ? CORNER * ramp(2.6, 0, dy) : CORNER + (1 - CORNER) * ramp(0, 1.9, -dy);
  const away = ramp(0, 1.6, beyond);
  return corner * (1 - away) + ramp(2.9, -2.9, dy) * away;
};
