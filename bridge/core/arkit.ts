/** ARKit's 52 blendshapes in wire order (EARFaceBlendShape), camelCase as ARKit names them. */
export const ARKIT_WEIGHTS = [
  "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft", "eyeWideLeft",
  "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight", "eyeSquintRight", "eyeWideRight",
  "jawForward", "jawLeft", "jawRight", "jawOpen",
  "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight", "mouthSmileLeft", "mouthSmileRight",
  "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
  "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft", "mouthPressRight",
  "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
  "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
  "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
] as const;

/** Angles that follow the weights, radians. Yaw + to the subject's right, pitch + down, roll + towards the subject's right shoulder. */
export const ARKIT_ANGLES = [
  "headYaw", "headPitch", "headRoll",
  "leftEyeYaw", "leftEyePitch", "leftEyeRoll",
  "rightEyeYaw", "rightEyePitch", "rightEyeRoll",
] as const;

/** Names of `AnimationFrame.curves`: 52 weights, then 9 angles, the 61 of Live Link Face. */
export const FACE_CURVES = [...ARKIT_WEIGHTS, ...ARKIT_ANGLES] as const;

export type FaceCurve = (typeof FACE_CURVES)[number];

export const WEIGHT_COUNT = ARKIT_WEIGHTS.length;
export const CURVE_COUNT = FACE_CURVES.length;

/** Index of each curve in `AnimationFrame.curves`: `CURVE.jawOpen` is 17. */
export const CURVE: Readonly<Record<FaceCurve, number>> = Object.freeze(
  Object.fromEntries(FACE_CURVES.map((name, index) => [name, index])) as Record<FaceCurve, number>,
);

/** The eye angles that a face's look curves mean, as measured on real takes: yaw 0.65 (in - out), pitch 0.5 (down - up). */
export const fillEyeAngles = (curves: Float32Array): void => {
  const at = (name: FaceCurve): number => curves[CURVE[name]] ?? 0;
  curves[CURVE.leftEyeYaw] = 0.65 * (at("eyeLookInLeft") - at("eyeLookOutLeft"));
  curves[CURVE.leftEyePitch] = 0.5 * (at("eyeLookDownLeft") - at("eyeLookUpLeft"));
  curves[CURVE.rightEyeYaw] = 0.65 * (at("eyeLookOutRight") - at("eyeLookInRight"));
  curves[CURVE.rightEyePitch] = 0.5 * (at("eyeLookDownRight") - at("eyeLookUpRight"));
};
