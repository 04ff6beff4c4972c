import { at, bump, ramp } from "./maths.ts";
import { onFace } from "./masks.ts";
import { isLipRim, isLower, isUpper } from "./mesh-draft.ts";
import type { Vertex } from "./mesh-draft.ts";
import type { LipPair } from "./grid.ts";
import { MOUTH_HALF, MOUTH_Y } from "./surface.ts";

/** `mouthClose` that seals a fully open jaw; the convention of ICT FaceKit and of MetaHuman's own solver. */
export const SEAL = 0.78;
/** Share of the way that the upper lip comes down. */
const UPPER_SHARE = 0.14;

/**
 * The `mouthClose` deltas that bring both lips together along their whole length at `SEAL · jawOpen`.
 * Shapes add up linearly, so the solution is exact for every opening.
 */
export const sealLips = (
  vertices: readonly Vertex[],
  lipPairs: readonly LipPair[],
  jawOpen: Float32Array,
): Float32Array => {
  const opened = lipPairs
    .map(([upper, lower]) => ({
      x: vertices[upper]?.chartX ?? 0,
      y: at(jawOpen, upper * 3 + 1) - at(jawOpen, lower * 3 + 1),
      z: at(jawOpen, upper * 3 + 2) - at(jawOpen, lower * 3 + 2),
    }))
    .sort((a, b) => a.x - b.x);
  const deltas = new Float32Array(jawOpen.length);
  for (const [i, v] of vertices.entries()) {
    if (Math.abs(v.chartX) > MOUTH_HALF + 0.001) continue;
    const gap = between(opened, v.chartX);
    if (isUpper(v)) {
      const share = isLipRim(v) ? 1 : bump(v.chartY - MOUTH_Y, 0.6) * onFace(v);
      deltas[i * 3 + 1] = ((-UPPER_SHARE * gap.y) / SEAL) * share;
    } else if (isLower(v)) {
      const share = isLipRim(v) ? 1 : ramp(MOUTH_Y - 2.6, MOUTH_Y - 0.02, v.chartY) * onFace(v);
      deltas[i * 3 + 1] = (((1 - UPPER_SHARE) * gap.y) / SEAL) * share;
      deltas[i * 3 + 2] = (gap.z / SEAL) * share;
    }
  }
  return deltas;
};

interface Opening {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

const between = (opened: readonly Opening[], x: number): Opening => {
  const next = opened.findIndex((entry) => entry.x >= x);
  const after = opened[next < 0 ? opened.length - 1 : next];
  const before = opened[Math.max(0, next - 1)];
  if (after === undefined || before === undefined) return { x, y: 0, z: 0 };
  if (next <= 0 || after.x === before.x) return after;
  const t = (x - before.x) / (after.x - before.x);
  return { x, y: before.y + (after.y - before.y) * t, z: before.z + (after.z - before.z) * t };
};
