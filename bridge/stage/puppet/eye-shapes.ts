import type { Vec3 } from "./maths.ts";
import { lowerLid, upperLid } from "./masks.ts";
import type { Side } from "./masks.ts";
import type { Vertex } from "./mesh-draft.ts";

const vertical = (v: Vertex, side: Side, upper: number, lower: number, forward = 0): Vec3 => {
  const low = lowerLid(v, side);
  return [0, upper * upperLid(v, side) + lower * low, forward * low];
};

const sideways = (v: Vertex, side: Side, distance: number): Vec3 => [
  distance * (upperLid(v, side) + lowerLid(v, side)),
  0,
  0,
];

/** What the skin round an eye does; eyeball and lid shells turn by themselves in `eyes.ts`. */
export const eyeShapes = {
  eyeBlink: (v: Vertex, side: Side): Vec3 => vertical(v, side, -0.12, 0.05),
  eyeWide: (v: Vertex, side: Side): Vec3 => vertical(v, side, 0.16, -0.06),
  eyeSquint: (v: Vertex, side: Side): Vec3 => vertical(v, side, -0.06, 0.24, 0.08),
  eyeLookUp: (v: Vertex, side: Side): Vec3 => vertical(v, side, 0.08, 0),
  eyeLookDown: (v: Vertex, side: Side): Vec3 => vertical(v, side, -0.1, -0.05),
  eyeLookIn: (v: Vertex, side: Side): Vec3 => sideways(v, side, -side * 0.03),
  eyeLookOut: (v: Vertex, side: Side): Vec3 => sideways(v, side, side * 0.03),
};
