import { LIFE_BONES } from "../../core/skeleton.ts";
import { at } from "./maths.ts";

/** A rotation as x y z w. */
export type Rotation = readonly [number, number, number, number];

const BONE = Object.fromEntries(LIFE_BONES.map((name, i) => [name, i])) as Record<
  (typeof LIFE_BONES)[number],
  number
>;

/**
 * The rotation of a bone in the scene's axes. Frames use UE's (X left, Y forward, Z up, left-handed), the scene has
 * x left, y up, z forward, right-handed: swapping two axes mirrors, so the vector part also changes sign.
 */
export const sceneRotation = (bones: ArrayLike<number>, bone: keyof typeof BONE): Rotation => {
  const from = BONE[bone] * 4;
  const [x, y, z, w] = [at(bones, from), at(bones, from + 1), at(bones, from + 2), at(bones, from + 3)];
  return x === 0 && y === 0 && z === 0 && w === 0 ? [0, 0, 0, 1] : [-x, -z, -y, w];
};

/** Turn about the scene's forward axis, radians: how far a collar bone is raised (left +, right -). */
export const tilt = ([x, y, z, w]: Rotation): number =>
  Math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z));
