import { describe, expect, test } from "vitest";
import { Playhead, type PlayheadReport } from "../../../bridge/sync/playhead.ts";

const RATE = 48_000;
const BLOCK = 512;
const us = (samples: number): number => (samples * 1_000_000) / RATE;

/** A listener with a clock: reads block after block and keeps what it heard. */
class Listener {
  readonly playhead = new Playhead({ rate: RATE, capacity: 10 * RATE });
  readonly heard: number[] = [];
  readonly reports: PlayheadReport[] = [];
  readonly positions: number[] = [];
  /** Samples of the clock. */
  now = 0;

  read(samples: number, drift = 0): this {
    for (let left = samples; left > 0; left -= BLOCK) {
      const out = new Float32Array(BLOCK);
      this.playhead.read(out, us(this.now));
      this.heard.push(...out);
      this.reports.push(...this.playhead.takeReports());
      this.positions.push((this.playhead.pts * RATE) / 1_000_000);
      this.now += BLOCK * (1 + drift);
    }
    return this;
  }

  /** States reported of a turn, in order. */
  states(turn: number): string[] {
    return this.reports.filter((report) => report.turn === turn).map(({ state }) => state);
  }

  /** The samples heard that are not silence. */
  get sound(): number[] {
    return this.heard.filter((sample) => sample !== 0);
  }
}

/** Samples that tell where they belong: never 0, and each its own over 20,000. */
const words = (from: number, count: number): Int16Array =>
  Int16Array.from({ length: count }, (_, i) => ((from + i) % 20_000) + 1);
const asHeard = (pcm: Int16Array): number[] => [...pcm].map((sample) => sample / 32_768);

describe("a turn on time", () => {
  test("is heard from its first sample at its pts to its last, and reported once as started and ended", () => {
    const listener = new Listener().read(BLOCK * 10);
    const begin = 8_000;
    listener.playhead.write(1, us(begin), words(0, 4_800));
    listener.playhead.finish(1, us(begin + 4_800));
    listener.read(BLOCK * 40);
    expect(listener.heard.findIndex((sample) => sample !== 0)).toBe(begin);
    expect(listener.sound).toEqual(asHeard(words(0, 4_800)));
    expect(listener.states(1)).toEqual(["started", "ended"]);
    expect(listener.reports.at(-1)?.upTo).toBeCloseTo(us(begin + 4_800), 0);
  });

  test("a gap between two pieces is silence, not what the ring held a lap ago", () => {
    const listener = new Listener().read(BLOCK);
    // Fills the ring with sound, which is then a lap old.
    for (let k = 0; k < 100; k++) {
      listener.playhead.write(1, us(1_000 + k * 4_800), words(k * 4_800, 4_800));
      listener.read(4_800);
    }
    listener.playhead.finish(1, us(481_000));
    listener.read(BLOCK * 20);
    const begin = Math.ceil(listener.now) + 1_000;
    listener.playhead.write(2, us(begin), words(0, 480));
    listener.playhead.write(2, us(begin + 9_600), words(480, 480));
    listener.playhead.finish(2, us(begin + 10_080));
    const from = listener.heard.length;
    listener.read(BLOCK * 40);
    expect(listener.heard.slice(from).filter((sample) => sample !== 0)).toEqual(asHeard(words(0, 960)));
  });

  test("sound that arrives before the clock is known is kept", () => {
    const listener = new Listener();
    const minute = 60 * RATE;
    listener.playhead.write(1, us(minute), words(0, 960));
    listener.playhead.finish(1, us(minute + 960));
    listener.now = minute - BLOCK;
    listener.read(BLOCK * 8);
    expect(listener.sound).toEqual(asHeard(words(0, 960)));
    expect(listener.playhead.dropped).toBe(0);
  });
});

describe("a turn that comes late", () => {
  test("is not cut from the front", () => {
    const listener = new Listener().read(BLOCK * 20);
    const begin = listener.now - 5_000;
    listener.playhead.write(1, us(begin), words(0, 4_800));
    listener.playhead.finish(1, us(begin + 4_800));
    listener.read(BLOCK * 20);
    // Bending to regain the lag reads between samples: the course is the same, the count all but.
    const sound = listener.sound;
    expect(sound[0]).toBeCloseTo(1 / 32_768, 6);
    expect(Math.abs(sound.length - 4_800)).toBeLessThan(5);
    expect(listener.playhead.dropped).toBe(0);
  });

  test("gains its lag back in a pause, and leaves 80 ms of it", () => {
    const listener = new Listener().read(BLOCK * 20);
    const begin = listener.now - 9_600;
    listener.playhead.write(1, us(begin), words(0, 4_800));
    listener.playhead.write(1, us(begin + 24_000), words(4_800, 24_000));
    const from = listener.heard.length;
    listener.read(24_000);
    const heard = listener.heard.slice(from);
    const pause = heard.slice(4_700).findIndex((sample) => sample === 0) + 4_700;
    const length = heard.slice(pause).findIndex((sample) => sample !== 0);
    // 19,200 samples of pause less the lag of 9,600.
    expect(length).toBeGreaterThan(9_400);
    expect(length).toBeLessThan(9_800);
    const lag = listener.now - (listener.positions.at(-1) ?? 0);
    expect(lag).toBeLessThan(240);
  });
});

describe("an underrun", () => {
  test("stops time, loses no sample, and is counted once", () => {
    const listener = new Listener().read(BLOCK * 10);
    const begin = 6_000;
    listener.playhead.write(1, us(begin), words(0, 4_800));
    listener.read(BLOCK * 30);
    const frozen = listener.positions.slice(-5);
    expect(new Set(frozen.map((position) => Math.round(position))).size).toBe(1);
    expect(frozen[0]).toBeCloseTo(begin + 4_800, 0);
    const from = listener.heard.length;
    listener.playhead.write(1, us(begin + 4_800), words(4_800, 4_800));
    listener.playhead.finish(1, us(begin + 9_600));
    listener.read(BLOCK * 20);
    expect(listener.playhead.underruns).toBe(1);
    expect(listener.playhead.dropped).toBe(0);
    // The first 5 ms fade in; the course of the rest is whole.
    const sound = listener.heard.slice(from).filter((sample) => sample !== 0);
    expect(Math.abs(sound.length - 4_800)).toBeLessThan(6);
    expect(sound.at(-1)).toBeCloseTo(9_600 / 32_768, 3);
    expect(listener.states(1)).toEqual(["started", "ended"]);
  });

  test("the sound fades, so there is no click", () => {
    const listener = new Listener().read(BLOCK * 10);
    listener.playhead.write(1, us(6_000), new Int16Array(480).fill(16_000));
    listener.read(BLOCK * 10);
    const steps = listener.heard
      .slice(6_400)
      .map((sample, i, all) => Math.abs(sample - (all[i - 1] ?? sample)));
    expect(Math.max(...steps)).toBeLessThan(0.01);
    expect(listener.heard.at(-1)).toBe(0);
  });
});

describe("a flush", () => {
  test("fades the sounding turn, and nothing of it is heard again", () => {
    const listener = new Listener().read(BLOCK * 10);
    listener.playhead.write(1, us(6_000), new Int16Array(48_000).fill(16_000));
    listener.read(BLOCK * 10);
    const from = listener.heard.length;
    listener.playhead.flush(1, 20_000);
    listener.read(BLOCK * 10);
    listener.playhead.write(1, us(listener.now + 2_000), words(0, 4_800));
    listener.playhead.finish(1, us(listener.now + 6_800));
    listener.read(BLOCK * 20);
    const sound = listener.heard.slice(from).filter((sample) => sample !== 0);
    expect(sound.length).toBeLessThanOrEqual(960);
    expect(sound).toEqual([...sound].sort((a, b) => b - a));
    expect(listener.states(1)).toEqual(["started", "flushed"]);
  });

  test("is 40 dB down after nine tenths of its fade, without a click", () => {
    const listener = new Listener().read(BLOCK * 10);
    listener.playhead.write(1, us(6_000), new Int16Array(48_000).fill(16_000));
    listener.read(BLOCK * 10);
    const from = listener.heard.length;
    listener.playhead.flush(1, 20_000);
    listener.read(BLOCK * 10);
    const fade = listener.heard.slice(from - 1).map((sample) => sample / (16_000 / 32_768));
    expect(fade[0]).toBe(1);
    expect(Math.max(...fade.slice(864))).toBeLessThanOrEqual(0.0101);
    expect(Math.max(...fade.slice(1).map((gain, i) => Math.abs(gain - (fade[i] ?? 0))))).toBeLessThan(0.0025);
  });

  test("that runs into the end of what was sent is still confirmed, and does not fade the next turn", () => {
    const listener = new Listener().read(BLOCK * 10);
    listener.playhead.write(1, us(6_000), words(0, 3_000));
    listener.read(BLOCK * 6);
    listener.playhead.flush(1, 1_000_000);
    listener.read(BLOCK * 10);
    expect(listener.states(1)).toEqual(["started", "flushed"]);
    const begin = listener.now + 1_000;
    listener.playhead.write(2, us(begin), words(0, 960));
    listener.playhead.finish(2, us(begin + 960));
    const from = listener.heard.length;
    listener.read(BLOCK * 10);
    expect(listener.heard.slice(from).filter((sample) => sample !== 0)).toEqual(asHeard(words(0, 960)));
    expect(listener.states(2)).toEqual(["started", "ended"]);
  });

  test("of two turns answers the one that sounded and the one that was asked for", () => {
    const listener = new Listener().read(BLOCK * 10);
    listener.playhead.write(1, us(6_000), words(0, 24_000));
    listener.playhead.write(2, us(40_000), words(0, 4_800));
    listener.read(BLOCK * 10);
    listener.playhead.flush(2, 20_000);
    listener.read(BLOCK * 100);
    expect(listener.states(1)).toEqual(["started", "flushed"]);
    expect(listener.states(2)).toEqual(["flushed"]);
    expect(
      listener.reports.find(({ turn, state }) => turn === 1 && state === "flushed")?.upTo,
    ).toBeGreaterThan(us(6_000));
    expect(listener.reports.find(({ turn }) => turn === 2)?.upTo).toBe(0);
  });

  test("that follows another during its fade is confirmed as well", () => {
    const listener = new Listener().read(BLOCK * 10);
    listener.playhead.write(1, us(6_000), words(0, 24_000));
    listener.playhead.write(2, us(40_000), words(0, 4_800));
    listener.read(BLOCK * 10);
    listener.playhead.flush(1, 25_000);
    listener.playhead.flush(2, 25_000);
    listener.read(BLOCK * 100);
    expect(listener.states(1)).toEqual(["started", "flushed"]);
    expect(listener.states(2)).toEqual(["flushed"]);
  });

  test("of an earlier turn does not cut a fade short, nor let the turn sound on", () => {
    const listener = new Listener().read(BLOCK * 10);
    listener.playhead.write(2, us(6_000), words(0, 24_000));
    listener.read(BLOCK * 10);
    const from = listener.heard.length;
    listener.playhead.flush(2, 25_000);
    listener.playhead.flush(1, 25_000);
    listener.read(BLOCK * 20);
    expect(listener.heard.slice(from).filter((sample) => sample !== 0).length).toBeLessThanOrEqual(1_200);
    expect(listener.states(2)).toEqual(["started", "flushed"]);
    expect(listener.states(1)).toEqual(["flushed"]);
  });

  test("of a turn that is over, or never came, is confirmed with what was heard of it", () => {
    const listener = new Listener().read(BLOCK * 10);
    listener.playhead.write(1, us(6_000), words(0, 480));
    listener.playhead.finish(1, us(6_480));
    listener.read(BLOCK * 10);
    listener.playhead.flush(1, 20_000);
    listener.playhead.flush(2, 20_000);
    listener.read(BLOCK);
    expect(listener.reports.filter(({ state }) => state === "flushed")).toEqual([
      { turn: 1, state: "flushed", upTo: us(6_480) },
      { turn: 2, state: "flushed", upTo: 0 },
    ]);
  });
});

describe("turns one after the other", () => {
  test("a turn without any sound ends, and does not block the next", () => {
    const listener = new Listener().read(BLOCK * 10);
    listener.playhead.finish(1, us(6_000));
    listener.playhead.write(2, us(7_000), words(0, 480));
    listener.playhead.finish(2, us(7_480));
    listener.read(BLOCK * 20);
    expect(listener.states(1)).toEqual(["ended"]);
    expect(listener.states(2)).toEqual(["started", "ended"]);
    expect(listener.sound).toEqual(asHeard(words(0, 480)));
  });

  test("a straggler of an earlier turn does not come between", () => {
    const listener = new Listener().read(BLOCK * 10);
    listener.playhead.write(2, us(6_000), words(0, 4_800));
    listener.playhead.finish(2, us(10_800));
    listener.read(BLOCK * 5);
    listener.playhead.write(1, us(8_000), words(0, 480));
    listener.read(BLOCK * 20);
    expect(listener.sound).toEqual(asHeard(words(0, 4_800)));
    expect(listener.states(1)).toEqual([]);
  });

  test("a straggler of a turn that has ended is not heard, and does not begin it again", () => {
    const listener = new Listener().read(BLOCK * 10);
    listener.playhead.write(1, us(6_000), words(0, 480));
    listener.playhead.finish(1, us(6_480));
    listener.read(BLOCK * 10);
    listener.playhead.write(1, us(listener.now + 500), words(0, 480));
    listener.playhead.finish(1, us(listener.now + 980));
    listener.read(BLOCK * 10);
    expect(listener.sound).toHaveLength(480);
    expect(listener.states(1)).toEqual(["started", "ended"]);
  });
});

test("a clock that drifts is followed by at most 500 ppm while a turn sounds", () => {
  for (const drift of [-2e-3, -2e-4, 2e-4, 2e-3]) {
    const listener = new Listener().read(BLOCK * 4);
    const begin = Math.ceil(listener.now) + 100;
    listener.playhead.write(1, us(begin), new Int16Array(9 * RATE).fill(8_000));
    listener.read(8 * RATE, drift);
    const steps = listener.positions
      .slice(4)
      .map((position, i, all) => position - (all[i - 1] ?? position - BLOCK));
    for (const step of steps.slice(2)) expect(Math.abs(step / BLOCK - 1)).toBeLessThan(510e-6);
    const lag = Math.abs(listener.now - (listener.positions.at(-1) ?? 0));
    if (Math.abs(drift) < 5e-4) expect(lag).toBeLessThan(48);
  }
});
