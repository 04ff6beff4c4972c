import { bell } from "./random.ts";

/** Deviation of a uniform cubic B-spline over unit normals: sqrt(151/315), averaged over the knot interval. */
const SPLINE_DEVIATION = 0.692;

/**
 * Slow aimless motion, mean 0, deviation 1, as a pure function of time: a cubic B-spline through random knots every
 * `period` µs. It never repeats, and is smooth to the second derivative.
 */
export const sway = (seed: number, stream: number, pts: number, period: number): number => {
  const at = pts / period;
  const knot = Math.floor(at);
  const u = at - knot;
  const v = 1 - u;
  const a = bell(seed, stream, knot - 1) * v * v * v;
  const b = bell(seed, stream, knot) * (3 * u * u * u - 6 * u * u + 4);
  const c = bell(seed, stream, knot + 1) * (3 * v * v * v - 6 * v * v + 4);
  const d = bell(seed, stream, knot + 2) * u * u * u;
  return (a + b + c + d) / 6 / SPLINE_DEVIATION;
};
