import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Playhead, type PlayheadReport } from "../../bridge/sync/playhead.ts";

const RATE = 48_000;
const BLOCK = 256;
const us = (samples: number): number => (samples * 1_000_000) / RATE;

/** What a link may deliver between two blocks. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("read" as const), blocks: fc.integer({ min: 1, max: 12 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("piece" as const),
      // The next piece of a turn, after a gap, or so late that it underran.
      turn: fc.integer({ min: 1, max: 5 }),
      gap: fc.constantFrom(0, 0, 0, 480, 9_600),
      length: fc.constantFrom(480, 480, 4_800),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("finish" as const), turn: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("flush" as const), turn: fc.integer({ min: 1, max: 6 }) }),
  },
);

test("whatever comes in whatever order: flushed turns fall silent, reports come once, and time runs forward in a turn", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: -300, max: 300 }), (steps, ppm) => {
      const playhead = new Playhead({ rate: RATE, capacity: 4 * RATE });
      const ends = new Map<number, number>();
      const reports: PlayheadReport[] = [];
      const asked: number[] = [];
      const out = new Float32Array(BLOCK);
      let now = 0;
      let flushed = 0;
      let fading = 0;
      let sounding: number | undefined;
      let last = Number.NEGATIVE_INFINITY;
      const read = (): void => {
        playhead.read(out, us(now));
        now += BLOCK * (1 + ppm * 1e-6);
        fading -= BLOCK;
        for (const report of playhead.takeReports()) {
          reports.push(report);
          if (report.state === "started") [sounding, last] = [report.turn, Number.NEGATIVE_INFINITY];
          else if (report.turn === sounding) sounding = undefined;
        }
        // `expect` costs too much for every sample.
        if (!out.every((sample) => Math.abs(sample) <= 1)) throw new Error("a sample is out of range");
        if (sounding === undefined) return;
        if (playhead.pts < last - 1e-6) throw new Error(`time ran back from ${last} to ${playhead.pts}`);
        last = playhead.pts;
        if (sounding <= flushed && fading <= -BLOCK) throw new Error("a flushed turn sounds after its fade");
      };
      for (const next of steps) {
        switch (next.kind) {
          case "read":
            for (let i = 0; i < next.blocks; i++) read();
            break;
          case "piece": {
            const end = (ends.get(next.turn) ?? Math.max(now + 2_000, ...ends.values(), 0)) + next.gap;
            ends.set(next.turn, end + next.length);
            playhead.write(next.turn, us(end), new Int16Array(next.length).fill(next.turn * 1_000));
            break;
          }
          case "finish":
            playhead.finish(next.turn, us(ends.get(next.turn) ?? now));
            break;
          case "flush":
            playhead.flush(next.turn, us(1_000));
            asked.push(next.turn);
            if (next.turn > flushed) fading = Math.max(fading, 1_000 + BLOCK);
            flushed = Math.max(flushed, next.turn);
        }
      }
      for (let turn = 1; turn <= 5; turn++) playhead.finish(turn, us(ends.get(turn) ?? now));
      for (
        let i = 0;
        i < 8_000 && (i < 20 || playhead.playing || now < Math.max(0, ...ends.values()) + 4_800);
        i++
      )
        read();
      expect(playhead.playing).toBe(false);
      const of = (turn: number, state: string): number =>
        reports.filter((report) => report.turn === turn && report.state === state).length;
      for (let turn = 1; turn <= 6; turn++) {
        const times = asked.filter((other) => other === turn).length;
        expect(of(turn, "started")).toBeLessThanOrEqual(1);
        expect(of(turn, "ended")).toBeLessThanOrEqual(1);
        // A turn that sounded stops once, and a flush is always answered.
        if (of(turn, "started") === 1)
          expect(of(turn, "ended") + of(turn, "flushed")).toBeGreaterThanOrEqual(1);
        // A turn that sounded is also told when the flush of a later one stops it.
        expect(of(turn, "flushed")).toBeLessThanOrEqual(times + of(turn, "started"));
        if (times > 0) expect(of(turn, "flushed")).toBeGreaterThanOrEqual(1);
      }
    }),
    { numRuns: 200 },
  );
});
