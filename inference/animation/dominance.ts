import { smooth } from "./closure.ts";
import type { Segment } from "./segments.ts";
import { MOUTH, MOUTH_COUNT } from "./targets.ts";

/** Dominance below this counts as none, so that a segment leaves without a step. */
const FLOOR = 0.01;
/** No segment pulls from farther than this: ln(1/FLOOR) at the slowest decay, 0.0072 per ms. */
const REACH = 640_000;
const RISE = new Float64Array(MOUTH_COUNT);

/** Index of the first segment that can still pull at `pts`; `segments` are in order of time. */
const firstPulling = (segments: readonly Segment[], pts: number): number => {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const half = (low + high) >> 1;
    if ((segments[half]?.end ?? Infinity) < pts - REACH) low = half + 1;
    else high = half;
  }
  return low;
};

/**
 * The coarticulated mouth at `pts`, into `mouth` by `MOUTH` index: per channel the mean of the shapes around, weighted
 * by dominance D = A * exp(-decay * max(0, |t - middle| - plateau)) (Cohen and Massaro 1993). Returns how much of the
 * mouth is speech, 0..1; at 0 the mouth is at rest.
 */
export const blend = (segments: readonly Segment[], pts: number, mouth: Float32Array): number => {
  RISE.fill(0);
  let jawPull = FLOOR;
  let lipPull = FLOOR;
  let roundPull = FLOOR;
  let speech = 0;
  for (let index = firstPulling(segments, pts); index < segments.length; index++) {
    const segment = segments[index];
    if (segment === undefined || segment.start > pts + REACH) break;
    const pull = segment.pull;
    const away = pts - segment.middle;
    const distance = Math.max(0, Math.abs(away) - segment.plateau) / 1_000;
    const decay = away < 0 ? pull.before : pull.after;
    const near = Math.max(0, Math.exp(-decay * distance) - FLOOR);
    const lipNear =
      away < 0 && pull.early !== 1 ? Math.max(0, Math.exp(-decay * pull.early * distance) - FLOOR) : near;
    const shown = smooth((pts - segment.from) / segment.fade);
    if (lipNear * shown === 0) continue;
    const jaw = segment.jawForce * near * shown;
    const lips = segment.lipForce * lipNear * shown;
    const round = lips * pull.rounding;
    jawPull += jaw;
    lipPull += lips;
    roundPull += round;
    if (segment.viseme !== "rest") speech += lips;
    const shape = segment.shape;
    RISE[0] = (RISE[0] ?? 0) + jaw * (shape[0] ?? 0) * segment.jawScale;
    const roundScaled = round * segment.lipScale;
    RISE[1] = (RISE[1] ?? 0) + roundScaled * (shape[1] ?? 0);
    RISE[2] = (RISE[2] ?? 0) + roundScaled * (shape[2] ?? 0);
    const lipsScaled = lips * segment.lipScale;
    for (let c = MOUTH.stretch; c < MOUTH.close; c++) RISE[c] = (RISE[c] ?? 0) + lipsScaled * (shape[c] ?? 0);
  }
  mouth[MOUTH.jaw] = (RISE[MOUTH.jaw] ?? 0) / jawPull;
  mouth[MOUTH.funnel] = (RISE[MOUTH.funnel] ?? 0) / roundPull;
  mouth[MOUTH.pucker] = (RISE[MOUTH.pucker] ?? 0) / roundPull;
  for (let c = MOUTH.stretch; c < MOUTH.close; c++) mouth[c] = (RISE[c] ?? 0) / lipPull;
  mouth[MOUTH.close] = 0;
  return speech / lipPull;
};
