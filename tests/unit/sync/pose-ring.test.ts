import { describe, expect, test } from "vitest";
import type { TurnId } from "../../../bridge/core/frames.ts";
import type { Micros } from "../../../bridge/core/time.ts";
import { PoseRing, type Pose } from "../../../bridge/sync/pose-ring.ts";

const pose = (pts: number, value: number, turn?: number): Pose => ({
  pts: pts as Micros,
  turn: turn as TurnId | undefined,
  curves: Float32Array.of(value),
  bones: Float32Array.of(0, 0, 0, 1),
});

const ringOf = (...poses: Pose[]): PoseRing => {
  const ring = new PoseRing({ capacity: 64 });
  for (const one of poses) ring.insert(one);
  return ring;
};

const at = (ring: PoseRing, pts: number): { pts: number | undefined; value: number | undefined } => {
  const curves = new Float32Array(1);
  const shown = ring.sample(pts, curves, new Float32Array(4));
  return { pts: shown, value: shown === undefined ? undefined : Math.round((curves[0] ?? 0) * 1e4) / 1e4 };
};

describe("a pose ring", () => {
  test("shows what lies between two poses", () => {
    expect(at(ringOf(pose(0, 0), pose(10_000, 1)), 2_500)).toEqual({ pts: 2_500, value: 0.25 });
  });

  test("sorts what arrives out of order", () => {
    const ring = ringOf(pose(20_000, 2), pose(0, 0), pose(10_000, 1));
    expect([5_000, 15_000].map((pts) => at(ring, pts).value)).toEqual([0.5, 1.5]);
  });

  test("holds the first pose before it and the last after it: it never extrapolates", () => {
    const ring = ringOf(pose(10_000, 1), pose(20_000, 2));
    expect(at(ring, 0)).toEqual({ pts: 10_000, value: 1 });
    expect(at(ring, 90_000)).toEqual({ pts: 20_000, value: 2 });
  });

  test("holds across a gap that is too long to guess", () => {
    expect(at(ringOf(pose(0, 0), pose(400_000, 1)), 200_000).value).toBe(0);
  });

  test("a pose for the same time replaces the one that is there", () => {
    const ring = ringOf(pose(0, 0), pose(10_000, 1, 1));
    ring.insert(pose(10_000, 0.5));
    expect(ring.depth).toBe(2);
    expect(at(ring, 10_000).value).toBe(0.5);
  });

  test("a flush drops the turn's poses that were not shown, its stragglers, and nothing else", () => {
    const ring = ringOf(
      pose(0, 0),
      pose(10_000, 1, 1),
      pose(20_000, 1, 2),
      pose(30_000, 0.3),
      pose(40_000, 0.4, 3),
    );
    at(ring, 0);
    ring.flush(2);
    expect(ring.depth).toBe(3);
    expect(ring.insert(pose(15_000, 1, 2))).toBe(false);
    expect(ring.insert(pose(15_000, 0.15, 3))).toBe(true);
    expect(at(ring, 15_000).value).toBe(0.15);
    expect(at(ring, 30_000).value).toBe(0.3);
  });

  test("a pose for a time that has been shown is late, and counted", () => {
    const ring = ringOf(pose(0, 0), pose(10_000, 1), pose(20_000, 2));
    at(ring, 15_000);
    expect(ring.insert(pose(14_000, 9))).toBe(false);
    expect(ring.late).toBe(1);
  });

  test("what comes after the stream had run dry is shown, though the clock has moved on", () => {
    const ring = ringOf(pose(0, 0), pose(10_000, 1));
    at(ring, 90_000);
    expect(ring.insert(pose(50_000, 5))).toBe(true);
    expect(at(ring, 91_000).value).toBe(5);
  });

  test("holds no more than it was made for", () => {
    const ring = new PoseRing({ capacity: 4 });
    for (let k = 0; k < 100; k++) ring.insert(pose(k * 1_000, k));
    expect(ring.depth).toBe(4);
  });

  test("rotations take the shorter way and stay rotations", () => {
    const half = Math.SQRT1_2;
    const ring = ringOf(
      { ...pose(0, 0), bones: Float32Array.of(0, 0, 0, 1) },
      { ...pose(10_000, 0), bones: Float32Array.of(0, 0, -half, -half) },
    );
    const bones = new Float32Array(4);
    ring.sample(5_000, new Float32Array(1), bones);
    expect(Math.hypot(...bones)).toBeCloseTo(1, 5);
    // Half of a quarter turn about z, not half of the three quarters the other way.
    expect(bones[2]).toBeCloseTo(Math.sin(Math.PI / 8), 2);
  });

  test("a bone that was not sent is as in the reference pose", () => {
    const ring = ringOf(
      { ...pose(0, 0), bones: new Float32Array(0) },
      { ...pose(10_000, 0), bones: new Float32Array(0) },
    );
    const bones = new Float32Array(4);
    for (const pts of [0, 5_000, 90_000]) {
      bones.fill(0);
      ring.sample(pts, new Float32Array(1), bones);
      expect([...bones]).toEqual([0, 0, 0, 1]);
    }
  });
});
