import { expect, test } from "vitest";
import { LIFE_BONES } from "../../../bridge/core/skeleton.ts";
import { sceneRotation, tilt } from "../../../bridge/stage/puppet/pose-bones.ts";
import type { Rotation } from "../../../bridge/stage/puppet/pose-bones.ts";

/** `LIFE_BONES` with one bone turned by `angle` about a UE axis. */
const turned = (bone: (typeof LIFE_BONES)[number], axis: 0 | 1 | 2, angle: number): Float32Array => {
  const bones = new Float32Array(LIFE_BONES.length * 4);
  for (let i = 3; i < bones.length; i += 4) bones[i] = 1;
  const at = LIFE_BONES.indexOf(bone) * 4;
  bones[at + axis] = Math.sin(angle / 2);
  bones[at + 3] = Math.cos(angle / 2);
  return bones;
};

const rotate = ([x, y, z, w]: Rotation, [a, b, c]: readonly [number, number, number]): number[] => {
  const [tx, ty, tz] = [2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)];
  return [a + w * tx + y * tz - z * ty, b + w * ty + z * tx - x * tz, c + w * tz + x * ty - y * tx];
};

test("UE's yaw to the right (about +Z) turns the scene's forward towards -x", () => {
  const [x = 0] = rotate(sceneRotation(turned("spine_03", 2, 0.5), "spine_03"), [0, 0, 1]);
  expect(x).toBeCloseTo(-Math.sin(0.5), 6);
});

test("UE's pitch down (about -X) bends the scene's forward towards -y", () => {
  const [, y = 0] = rotate(sceneRotation(turned("spine_05", 0, -0.3), "spine_05"), [0, 0, 1]);
  expect(y).toBeCloseTo(-Math.sin(0.3), 6);
});

test("UE's roll to the right shoulder (about -Y) leans the scene's up towards -x", () => {
  const [x = 0] = rotate(sceneRotation(turned("spine_05", 1, -0.2), "spine_05"), [0, 1, 0]);
  expect(x).toBeCloseTo(-Math.sin(0.2), 6);
});

test("a breath tilts the collar bones, left and right opposite", () => {
  expect(tilt(sceneRotation(turned("clavicle_l", 1, -0.02), "clavicle_l"))).toBeCloseTo(0.02, 6);
  expect(tilt(sceneRotation(turned("clavicle_r", 1, 0.02), "clavicle_r"))).toBeCloseTo(-0.02, 6);
});

test("a frame without bones leaves the body upright", () => {
  expect(sceneRotation(new Float32Array(), "spine_03")).toEqual([0, 0, 0, 1]);
});
