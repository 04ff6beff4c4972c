import { describe, expect, test } from "vitest";
import { ARKIT_WEIGHTS } from "../../../bridge/core/arkit.ts";
import { COARSE, FINE, carveHead } from "../../../bridge/stage/puppet/head.ts";
import type { HeadGeometry } from "../../../bridge/stage/puppet/head.ts";
import { LIP_GAP } from "../../../bridge/stage/puppet/lip-gap.ts";
import { SEAL } from "../../../bridge/stage/puppet/seal.ts";
import { layGrid } from "../../../bridge/stage/puppet/grid.ts";

const deltaOf = (head: HeadGeometry, shape: string): Float32Array =>
  head.deltas[ARKIT_WEIGHTS.indexOf(shape as (typeof ARKIT_WEIGHTS)[number])] ?? new Float32Array();

/** Opening of every column of the lips at these weights, cm, from corner to corner. */
const openings = (head: HeadGeometry, weights: Record<string, number>): number[] =>
  head.lipPairs.map(([upper, lower]) => {
    const y = (vertex: number): number =>
      Object.entries(weights).reduce(
        (sum, [shape, weight]) => sum + weight * (deltaOf(head, shape)[vertex * 3 + 1] ?? 0),
        head.position[vertex * 3 + 1] ?? 0,
      );
    return y(upper) - y(lower);
  });

const middle = (values: readonly number[]): number => values[values.length >> 1] ?? Number.NaN;

describe.each([
  ["fine", FINE],
  ["coarse", COARSE],
])("the %s head", (_, detail) => {
  const head = carveHead(detail);
  const vertices = head.position.length / 3;

  test("seals along the whole mouth at mouthClose = 0.78 jawOpen, however far the jaw is open", () => {
    expect(head.lipPairs.length).toBeGreaterThan(10);
    for (const jawOpen of [0.1, 0.35, 0.7, 1])
      for (const gap of openings(head, { jawOpen, mouthClose: SEAL * jawOpen }))
        expect(Math.abs(gap)).toBeLessThan(1e-4);
  });

  test("opens with the jaw, most in the middle", () => {
    const open = openings(head, { jawOpen: 1 });
    expect(Math.min(...open)).toBeGreaterThan(0.05);
    expect(middle(open)).toBeCloseTo(Math.max(...open), 2);
    expect(middle(open)).toBeGreaterThan(2);
  });

  test("has a column on the middle of the face, so that left and right shapes mirror each other", () => {
    const at = head.lipPairs.findIndex(([upper]) => Math.abs(head.position[upper * 3] ?? 1) < 1e-9);
    expect(at).toBe(head.lipPairs.length >> 1);
    const left = middle(openings(head, { mouthUpperUpLeft: 1 }));
    expect(left).toBeCloseTo(middle(openings(head, { mouthUpperUpRight: 1 })), 6);
  });

  test("moves something, finitely, for every shape but the tongue's", () => {
    for (const shape of ARKIT_WEIGHTS) {
      const delta = deltaOf(head, shape);
      expect(delta.length, shape).toBe(vertices * 3);
      expect(delta.every(Number.isFinite), shape).toBe(true);
      expect(
        delta.some((part) => Math.abs(part) > 0.01),
        shape,
      ).toBe(shape !== "tongueOut");
    }
  });

  test("has unit normals and triangles of its own vertices", () => {
    for (const vertex of new Set(head.index)) {
      expect(vertex).toBeLessThan(vertices);
      expect(Math.hypot(...head.normal.subarray(vertex * 3, vertex * 3 + 3))).toBeCloseTo(1, 4);
    }
    expect(vertices).toBeLessThan(65_536);
  });

  test("agrees with the table of lip gap coefficients", () => {
    for (const shape of ARKIT_WEIGHTS) {
      const measured = middle(openings(head, { [shape]: 1 }));
      expect(measured, shape).toBeCloseTo((LIP_GAP as Record<string, number>)[shape] ?? 0, 3);
    }
  });

  test("is carved the same every time", () => {
    const again = carveHead(detail);
    const bytes = ({ position, normal, index, deltas, normalDeltas }: HeadGeometry): Buffer =>
      Buffer.concat(
        [position, normal, index, ...deltas, ...normalDeltas].map(({ buffer }) => new Uint8Array(buffer)),
      );
    expect(bytes(again).equals(bytes(head))).toBe(true);
  });
});

test("a head with an even number of columns is refused", () => {
  expect(() => layGrid({ columns: 60, rows: 56 })).toThrow(RangeError);
});
