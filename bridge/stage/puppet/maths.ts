/** Smooth step from 0 at `from` to 1 at `to`; `from` may be the larger. */
export const ramp = (from: number, to: number, x: number): number => {
  const t = Math.min(1, Math.max(0, (x - from) / (to - from)));
  return t * t * (3 - 2 * t);
};

/** Gaussian bump of height 1 and width `sigma`. */
export const bump = (x: number, sigma: number): number => Math.exp((-x * x) / (2 * sigma * sigma));

/** Two-dimensional Gaussian bump of height 1. */
export const bump2 = (x: number, y: number, sigmaX: number, sigmaY: number): number =>
  Math.exp(-(x * x) / (2 * sigmaX * sigmaX) - (y * y) / (2 * sigmaY * sigmaY));

/** Element `i`, or 0 past the ends: for numeric arrays whose length the caller has made right. */
export const at = (values: ArrayLike<number>, i: number): number => values[i] ?? 0;

/** Three numbers: a point or an offset in centimetres. */
export type Vec3 = readonly [number, number, number];

export const NOWHERE: Vec3 = [0, 0, 0];
