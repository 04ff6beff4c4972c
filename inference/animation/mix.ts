import { CURVE, fillEyeAngles, WEIGHT_COUNT } from "../../bridge/core/arkit.ts";
import { MOUTH } from "./targets.ts";

/** Left and right curve of each mouth channel by `MOUTH` index; one that has no sides stands twice. */
const SIDES: readonly (readonly [left: number, right: number])[] = [
  [CURVE.jawOpen, CURVE.jawOpen],
  [CURVE.mouthFunnel, CURVE.mouthFunnel],
  [CURVE.mouthPucker, CURVE.mouthPucker],
  [CURVE.mouthStretchLeft, CURVE.mouthStretchRight],
  [CURVE.mouthSmileLeft, CURVE.mouthSmileRight],
  [CURVE.mouthLowerDownLeft, CURVE.mouthLowerDownRight],
  [CURVE.mouthUpperUpLeft, CURVE.mouthUpperUpRight],
  [CURVE.mouthRollLower, CURVE.mouthRollLower],
  [CURVE.mouthRollUpper, CURVE.mouthRollUpper],
  [CURVE.mouthPressLeft, CURVE.mouthPressRight],
  [CURVE.mouthShrugLower, CURVE.mouthShrugLower],
  [CURVE.mouthDimpleLeft, CURVE.mouthDimpleRight],
  [CURVE.tongueOut, CURVE.tongueOut],
  [CURVE.mouthClose, CURVE.mouthClose],
];

/** Writes the mouth into `curves`, keeping the larger of what is there (two turns may meet). */
export const layMouth = (curves: Float32Array, mouth: Float32Array): void => {
  for (let channel = 0; channel <= MOUTH.close; channel++) {
    const side = SIDES[channel];
    const weight = mouth[channel] ?? 0;
    if (side === undefined || weight <= 0) continue;
    curves[side[0]] = Math.max(curves[side[0]] ?? 0, weight);
    curves[side[1]] = Math.max(curves[side[1]] ?? 0, weight);
  }
};

/** Lids follow a lowered gaze by this much. */
const LID_FOLLOWS = 0.4;

/** Writes lids (0..1) and eyes (radians in the head: yaw to the puppet's right, pitch down) into `curves`. */
export const layEyes = (
  curves: Float32Array,
  lids: { readonly left: number; readonly right: number },
  yaw: number,
  pitch: number,
): void => {
  const right = Math.max(0, yaw) / 0.65;
  const left = Math.max(0, -yaw) / 0.65;
  const down = Math.max(0, pitch) / 0.5;
  const up = Math.max(0, -pitch) / 0.5;
  curves[CURVE.eyeLookInLeft] = right;
  curves[CURVE.eyeLookOutRight] = right;
  curves[CURVE.eyeLookOutLeft] = left;
  curves[CURVE.eyeLookInRight] = left;
  curves[CURVE.eyeLookDownLeft] = down;
  curves[CURVE.eyeLookDownRight] = down;
  curves[CURVE.eyeLookUpLeft] = up;
  curves[CURVE.eyeLookUpRight] = up;
  curves[CURVE.eyeBlinkLeft] = lids.left + LID_FOLLOWS * down * (1 - lids.left);
  curves[CURVE.eyeBlinkRight] = lids.right + LID_FOLLOWS * down * (1 - lids.right);
  add(curves, CURVE.eyeSquintLeft, 0.1 * lids.left);
  add(curves, CURVE.eyeSquintRight, 0.1 * lids.right);
  add(curves, CURVE.browDownLeft, 0.02 * lids.left);
  add(curves, CURVE.browDownRight, 0.02 * lids.right);
};

/** Brings every weight into 0..1, whatever the layers made of it, and derives the eye angles. */
export const finish = (curves: Float32Array): void => {
  for (let curve = 0; curve < WEIGHT_COUNT; curve++) {
    const weight = curves[curve] ?? 0;
    // A comparison with NaN is false: it becomes 0.
    if (!(weight > 0)) curves[curve] = 0;
    else if (weight > 1) curves[curve] = 1;
  }
  fillEyeAngles(curves);
};

export const add = (curves: Float32Array, curve: number, weight: number): void => {
  curves[curve] = (curves[curve] ?? 0) + weight;
};
