import fc from "fast-check";
import { expect, test } from "vitest";
import type { TurnId } from "../../../bridge/core/frames.ts";
import { fromMillis, type Micros } from "../../../bridge/core/time.ts";
import { Anchor } from "../../../bridge/sync/anchor.ts";

const turn = 1 as TurnId;
const ms = fromMillis;

test("the first sound of a turn is heard one playout delay from now, and the rest keeps its distance", () => {
  const anchor = new Anchor({ delay: ms(60) });
  expect(anchor.place(turn, { offset: ms(0), length: ms(500) }, ms(1_000))).toBe(ms(1_060));
  expect(anchor.place(turn, { offset: ms(700), length: ms(300) }, ms(1_010))).toBe(ms(1_760));
  expect(anchor.end(turn)).toBe(ms(2_060));
});

test("a clause that comes too late moves the rest of the turn and never lands in the past", () => {
  const anchor = new Anchor({ delay: ms(60) });
  anchor.place(turn, { offset: ms(0), length: ms(500) }, ms(0));
  expect(anchor.place(turn, { offset: ms(500), length: ms(500) }, ms(2_000))).toBe(ms(2_060));
  expect(anchor.place(turn, { offset: ms(1_000), length: ms(500) }, ms(2_000))).toBe(ms(2_560));
});

test("what was heard at a pts is an offset in the sound, through gaps and moves", () => {
  const anchor = new Anchor({ delay: ms(60) });
  anchor.place(turn, { offset: ms(0), length: ms(500) }, ms(0));
  anchor.place(turn, { offset: ms(500), length: ms(500) }, ms(2_000));
  expect(anchor.offsetAt(turn, ms(0))).toBe(0);
  expect(anchor.offsetAt(turn, ms(310))).toBe(ms(250));
  expect(anchor.offsetAt(turn, ms(1_500))).toBe(ms(500));
  expect(anchor.offsetAt(turn, ms(2_160))).toBe(ms(600));
  expect(anchor.offsetAt(turn, ms(99_000))).toBe(ms(1_000));
});

test("offsets never run backwards as time runs on, whatever came when", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          wait: fc.integer({ min: 0, max: 900 }),
          length: fc.integer({ min: 1, max: 900 }),
          gap: fc.integer({ min: 0, max: 300 }),
        }),
        { minLength: 1, maxLength: 12 },
      ),
      (pieces) => {
        const anchor = new Anchor({ delay: ms(40) });
        let now = 0;
        let offset = 0;
        let lastEnd = 0;
        for (const piece of pieces) {
          now += piece.wait;
          offset += piece.gap;
          const pts = anchor.place(turn, { offset: ms(offset), length: ms(piece.length) }, ms(now));
          expect(pts).toBeGreaterThanOrEqual(ms(now + 40));
          expect(pts).toBeGreaterThanOrEqual(lastEnd);
          offset += piece.length;
          lastEnd = pts + ms(piece.length);
        }
        let before = 0;
        for (let t = 0; t <= lastEnd; t += 7_000) {
          const at = anchor.offsetAt(turn, t as Micros);
          expect(at).toBeGreaterThanOrEqual(before);
          before = at;
        }
      },
    ),
  );
});
