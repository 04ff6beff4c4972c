import { LIFE_BONES, type Bone } from "../../bridge/core/skeleton.ts";
import type { HeadPose } from "./life/head.ts";

const BONE = Object.fromEntries(LIFE_BONES.map((name, index) => [name, index * 4])) as Partial<
  Record<Bone, number>
>;
const at = (bone: (typeof LIFE_BONES)[number]): number => BONE[bone] ?? 0;
const SPINE_LOW = at("spine_03");
const SPINE_HIGH = at("spine_05");
const CLAVICLE_LEFT = at("clavicle_l");
const CLAVICLE_RIGHT = at("clavicle_r");
const NECK = at("neck_01");
const HEAD = at("head");

/** The neck carries this share of the head's angles, the head the rest. */
const NECK_SHARE = 0.35;
const RADIANS = Math.PI / 180;
/** A full breath leans the chest back by this much and lifts each clavicle by so much: 3 mm at the shoulder. */
const CHEST = 0.9 * RADIANS;
const SHOULDER = 1.3 * RADIANS;

/** What the trunk does, radians and 0..1. */
export interface Trunk {
  /** How full the chest is. */
  readonly breath: number;
  /** Lean to the right shoulder and turn to the right. */
  readonly lean: number;
  readonly turn: number;
  /** Bend forward. */
  readonly bend: number;
}

/** Rotations of `LIFE_BONES` relative to the reference pose, x y z w each, in component space (X left, Y forward, Z up). */
export const poseBones = (bones: Float32Array, head: HeadPose, trunk: Trunk): void => {
  const chest = -CHEST * trunk.breath;
  rotate(bones, SPINE_LOW, trunk.turn / 2, trunk.bend / 2 + chest / 2, trunk.lean / 2);
  rotate(bones, SPINE_HIGH, trunk.turn / 2, trunk.bend / 2 + chest / 2, trunk.lean / 2);
  // Roll turns Z to X's negative: it lowers the right side. So the left clavicle rises with positive roll.
  rotate(bones, CLAVICLE_LEFT, 0, 0, SHOULDER * trunk.breath);
  rotate(bones, CLAVICLE_RIGHT, 0, 0, -SHOULDER * trunk.breath);
  rotate(bones, NECK, head.yaw * NECK_SHARE, head.pitch * NECK_SHARE, head.roll * NECK_SHARE);
  const rest = 1 - NECK_SHARE;
  rotate(bones, HEAD, head.yaw * rest, head.pitch * rest, head.roll * rest);
};

/**
 * Yaw to the puppet's right (Y towards -X, about +Z), pitch down (Y towards -Z, about -X) and roll to the right
 * shoulder (Z towards -X, about -Y), applied as yaw * pitch * roll.
 */
const rotate = (bones: Float32Array, offset: number, yaw: number, pitch: number, roll: number): void => {
  const sy = Math.sin(yaw / 2);
  const cy = Math.cos(yaw / 2);
  const sp = -Math.sin(pitch / 2);
  const cp = Math.cos(pitch / 2);
  const sr = -Math.sin(roll / 2);
  const cr = Math.cos(roll / 2);
  // q = qz(yaw) * qx(-pitch) * qy(-roll)
  bones[offset] = cy * sp * cr - sy * cp * sr;
  bones[offset + 1] = cy * cp * sr + sy * sp * cr;
  bones[offset + 2] = cy * sp * sr + sy * cp * cr;
  bones[offset + 3] = cy * cp * cr - sy * sp * sr;
};
