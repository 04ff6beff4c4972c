import { bump, bump2, ramp } from "./maths.ts";
import type { Vec3 } from "./maths.ts";

// The puppet's head as a formula, in centimetres: +x is the character's left, +y up, +z where it faces.
// A point is named by its chart: the angle round the head and the height it has at rest.

export const MOUTH_Y = -6.9;
export const MOUTH_HALF = 2.45;
export const EYE_X = 3.15;
export const EYE_Y = 0;
/** Crown and chin of the chart. */
export const CROWN = 11.6;
export const CHIN = -11.2;

type Profile = readonly (readonly [y: number, value: number])[];

const WIDTH: Profile = [
  [CROWN, 0], [11, 3], [9.6, 5.3], [7.5, 6.75], [5, 7.45], [2, 7.6], [0, 7.45], [-2.5, 7.1],
  [-5, 6.45], [-7, 5.6], [-8.6, 4.6], [-9.8, 3.35], [-10.6, 2.1], [-11.05, 0.9], [CHIN, 0],
]; // prettier-ignore
const FRONT: Profile = [
  [CROWN, -0.5], [11, 3.4], [9.6, 6], [7.5, 7.9], [5, 8.9], [2, 9.25], [0, 8.85], [-2, 8.9],
  [-4, 8.95], [-6, 8.95], [-7, 8.8], [-8.6, 8.55], [-9.6, 8.75], [-10.4, 8.2], [-10.9, 6.6], [CHIN, 4.2],
]; // prettier-ignore
const BACK: Profile = [
  [CROWN, -0.5], [11, -5], [9.6, -7.9], [7.5, -9.6], [5, -10.3], [2, -10.3], [-1, -9.5],
  [-4, -7.8], [-7, -5.2], [-9, -2.2], [-10.4, 1], [CHIN, 4.2],
]; // prettier-ignore

/** Catmull-Rom through a profile whose heights fall. */
const along = (profile: Profile, y: number): number => {
  const knot = (i: number): readonly [number, number] =>
    profile[Math.min(profile.length - 1, Math.max(0, i))] ?? [0, 0];
  if (y >= knot(0)[0]) return knot(0)[1];
  if (y <= knot(profile.length)[0]) return knot(profile.length)[1];
  let i = 0;
  while (y < knot(i + 1)[0]) i++;
  const [before, start, end, after] = [knot(i - 1), knot(i), knot(i + 1), knot(i + 2)];
  const span = start[0] - end[0];
  const t = (start[0] - y) / span;
  const slopeIn = ((end[1] - before[1]) / (before[0] - end[0] || 1)) * span;
  const slopeOut = ((after[1] - start[1]) / (start[0] - after[0] || 1)) * span;
  const t2 = t * t;
  const t3 = t2 * t;
  return (
    start[1] * (2 * t3 - 3 * t2 + 1) +
    slopeIn * (t3 - 2 * t2 + t) +
    end[1] * (3 * t2 - 2 * t3) +
    slopeOut * (t3 - t2)
  );
};

/** Upper and lower rim of the almond of an eye at `dx` from its centre. */
export const almond = (dx: number): { readonly upper: number; readonly lower: number } => {
  const t = Math.min(1, Math.abs(dx) / 1.62);
  const opening = Math.pow(1 - t * t, 0.72);
  // The outer corner sits a little higher than the inner one.
  const tilt = (0.1 * dx) / 1.62;
  return { upper: 0.62 * opening + tilt, lower: -0.42 * opening + tilt };
};

/** How far the features of the face stand out of the bare head, cm along z. */
const relief = (ax: number, y: number): number => {
  const nose = ramp(1.4, -3.6, y) * ramp(-5.1, -4.15, y);
  const lips = ramp(MOUTH_HALF + 0.25, MOUTH_HALF * 0.25, ax);
  let z = 0;
  z += 0.55 * bump2(ax - 2.4, y - 1.9, 2, 0.9); // brow ridge
  z -= 0.55 * bump2(ax - EYE_X, y - EYE_Y, 1.5, 1); // socket
  z -= 0.3 * bump2(ax, y - 0.3, 1.1, 0.9); // nasion
  z += nose * 2.5 * Math.exp(-Math.pow(ax / (0.66 + 0.3 * ramp(0, -3.9, y)), 2));
  z += 0.55 * bump2(ax - 0.95, y + 4.1, 0.38, 0.42); // wings of the nose
  z -= 0.18 * bump2(ax - 0.5, y + 4.85, 0.22, 0.18); // nostrils
  z += 0.55 * bump2(ax - 4.3, y + 2.3, 1.7, 1.6); // cheeks
  z -= 0.1 * bump(ax, 0.28) * ramp(-4.9, -5.4, y) * ramp(-6.5, -6.1, y); // philtrum
  z += lips * 0.52 * bump(y - (MOUTH_Y + 0.42), 0.36) * (1 - 0.22 * bump(ax, 0.3)); // upper lip
  z += lips * 0.6 * bump(y - (MOUTH_Y - 0.5), 0.4); // lower lip
  z -= lips * 0.2 * bump(y - MOUTH_Y, 0.1); // seam
  z -= 0.1 * bump2(ax - MOUTH_HALF - 0.1, y - MOUTH_Y, 0.35, 0.35); // corners
  z -= 0.36 * bump2(ax, y + 8.45, 1.6, 0.45); // under the lip
  z += 0.32 * bump2(ax, y + 9.75, 1.25, 0.75); // chin
  return z;
};

/** The point of the head at an angle (0 in front, + to the left) and a rest height. */
export const surfacePoint = (angle: number, height: number): Vec3 => {
  const front = along(FRONT, height);
  const back = along(BACK, height);
  const centre = ((front + back) / 2) * 0.55 + front * 0.12;
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  const x = along(WIDTH, height) * Math.sign(s) * Math.pow(Math.abs(s), 0.92);
  const depth = c > 0 ? (front - centre) * Math.pow(c, 0.84) : -(centre - back) * Math.pow(-c, 0.95);
  const bare = centre + depth;
  // The jaw line rises from the chin to the ear.
  const y = height + ramp(-5.5, CHIN + 0.2, height) * 3.6 * ramp(6.5, -1, bare);
  return [x, y, bare + relief(Math.abs(x), height) * ramp(0, 0.55, c)];
};
