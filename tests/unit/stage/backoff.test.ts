import { assert, double, nat, property } from "fast-check";
import { expect, test } from "vitest";
import { backoff } from "../../../bridge/stage/link/backoff.ts";

test("waits double, and stay between an eighth of a second and eight seconds", () => {
  expect([0, 1, 2, 3].map((attempt) => backoff(attempt, 1))).toEqual([250, 500, 1_000, 2_000]);
  assert(
    property(nat(1_000_000), double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      const wait = backoff(attempt, random);
      expect(wait).toBeGreaterThanOrEqual(125);
      expect(wait).toBeLessThanOrEqual(8_000);
    }),
  );
});

test("two pages that lose the same daemon return at different times", () => {
  expect(backoff(4, 0.1)).not.toBe(backoff(4, 0.9));
});
