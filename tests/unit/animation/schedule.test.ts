import { describe, expect, test } from "vitest";
import { minimumJerk, Schedule } from "../../../inference/animation/life/schedule.ts";

interface Tick {
  readonly start: number;
  readonly index: number;
}
const everySecond = (): Schedule<Tick> =>
  new Schedule<Tick>(
    (at) => ({ start: at, index: 0 }),
    (previous, index, floor) => ({ start: Math.max(previous.start + 1e6, floor + 1), index }),
  );

describe("a schedule of events", () => {
  test("knows what is under way and a second ahead", () => {
    const events = everySecond().around(5e6);
    expect(events[0]?.start).toBeLessThanOrEqual(5e6);
    expect(events.at(-1)?.start).toBeGreaterThan(6e6);
  });

  test("holds a bounded number of events however long it runs", () => {
    const schedule = everySecond();
    let most = 0;
    for (let pts = 0; pts < 600e6; pts += 1e5) most = Math.max(most, schedule.around(pts).length);
    expect(most).toBeLessThanOrEqual(20);
  });

  test("still knows the last seconds, so that a moment can be asked for again", () => {
    const schedule = everySecond();
    for (let pts = 0; pts < 100e6; pts += 1e5) schedule.around(pts);
    expect(schedule.around(98e6)[0]?.start).toBeLessThanOrEqual(96e6);
  });

  test("draws anew after a cut, and nothing before it", () => {
    const schedule = everySecond();
    const kept = schedule.around(10e6).filter((event) => event.start <= 10.2e6);
    schedule.cut(10.2e6);
    const after = schedule.around(10.3e6);
    expect(after.slice(0, kept.length)).toEqual(kept);
    expect(after[kept.length]?.start).toBeGreaterThan(10.2e6);
  });

  test("a leap of hours starts afresh instead of living them through", () => {
    const schedule = everySecond();
    schedule.around(0);
    expect(schedule.around(36_000e6).length).toBeLessThan(10);
  });

  test("an event that does not move on cannot hang it", () => {
    const stuck = new Schedule<Tick>(
      (at) => ({ start: at, index: 0 }),
      (previous) => previous,
    );
    expect(stuck.around(1e5).at(-1)?.start).toBeGreaterThan(1e5);
  });
});

test("a minimum-jerk path starts and ends at rest", () => {
  expect(minimumJerk(-1)).toBe(0);
  expect(minimumJerk(0.5)).toBeCloseTo(0.5, 10);
  expect(minimumJerk(2)).toBe(1);
  expect(minimumJerk(0.01)).toBeLessThan(1e-4);
});
