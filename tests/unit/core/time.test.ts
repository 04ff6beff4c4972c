import { describe, expect, test } from "vitest";
import {
  fromMillis,
  fromSamples,
  fromSeconds,
  SystemClock,
  timeOfDay,
  toMillis,
  toSamples,
  toSeconds,
  VirtualClock,
  type Micros,
} from "../../../bridge/core/time.ts";

const NEVER = new AbortController().signal;
const us = (value: number): Micros => value as Micros;

test("units are converted to whole microseconds and back", () => {
  expect(fromMillis(1.5)).toBe(1_500);
  expect(fromSeconds(0.0000015)).toBe(2);
  expect(toMillis(us(1_500))).toBe(1.5);
  expect(toSeconds(us(1_500_000))).toBe(1.5);
  expect(fromSamples(480, 48_000)).toBe(10_000);
  expect(fromSamples(441, 44_100)).toBe(10_000);
  expect(toSamples(us(10_000), 48_000)).toBe(480);
  expect(Number.isInteger(fromSamples(1, 44_100))).toBe(true);
});

describe("a virtual clock", () => {
  test("stands still until it is advanced, and wakes each sleeper at its own time, in order", async () => {
    const clock = new VirtualClock(us(5));
    const woken: [string, number][] = [];
    const sleep = async (name: string, at: number): Promise<void> => {
      await clock.sleepUntil(us(at), NEVER);
      woken.push([name, clock.now()]);
    };
    void sleep("later", 300);
    void sleep("sooner", 100);
    void sleep("far", 9_000);
    expect(clock.now()).toBe(5);
    await clock.advance(us(1_000));
    expect(woken).toEqual([
      ["sooner", 100],
      ["later", 300],
    ]);
    expect(clock.now()).toBe(1_005);
  });

  test("lets what a sleeper does next happen at its time", async () => {
    const clock = new VirtualClock();
    const ticks: number[] = [];
    void (async () => {
      for (let at = 10; at <= 50; at += 10) {
        await clock.sleepUntil(us(at), NEVER);
        ticks.push(clock.now());
      }
    })();
    await clock.advance(us(45));
    expect(ticks).toEqual([10, 20, 30, 40]);
  });

  test("a time that has passed is no sleep, and an aborted sleep rejects with the reason", async () => {
    const clock = new VirtualClock(us(100));
    await clock.sleepUntil(us(100), NEVER);
    const stop = new AbortController();
    const asleep = clock.sleepUntil(us(200), stop.signal);
    stop.abort(new Error("barge-in"));
    await expect(asleep).rejects.toThrow("barge-in");
    await expect(clock.sleepUntil(us(200), stop.signal)).rejects.toThrow("barge-in");
  });
});

describe("the system clock", () => {
  test("never wakes a sleeper before its time", async () => {
    const clock = new SystemClock();
    for (const span of [0, 300, 1_700, 5_200]) {
      const at = us(clock.now() + span);
      await clock.sleepUntil(at, NEVER);
      expect(clock.now()).toBeGreaterThanOrEqual(at);
    }
  });

  test("two clocks of one origin agree", () => {
    const one = new SystemClock();
    const other = new SystemClock(one.origin);
    const [a, b, c] = [one.now(), other.now(), one.now()];
    expect(b).toBeGreaterThanOrEqual(a);
    expect(c).toBeGreaterThanOrEqual(b);
  });

  test("an aborted sleep rejects with the reason at once", async () => {
    const clock = new SystemClock();
    const stop = new AbortController();
    const asleep = clock.sleepUntil(fromSeconds(3_600), stop.signal);
    stop.abort(new Error("stopped"));
    await expect(asleep).rejects.toThrow("stopped");
    await expect(clock.sleepUntil(fromSeconds(3_600), stop.signal)).rejects.toThrow("stopped");
  });
});

test("the time of day is within the day", () => {
  expect(timeOfDay()).toBeGreaterThanOrEqual(0);
  expect(timeOfDay()).toBeLessThan(fromSeconds(86_400));
});
