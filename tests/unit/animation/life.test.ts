import { describe, expect, test } from "vitest";
import { CURVE } from "../../../bridge/core/arkit.ts";
import type { AnimationFrame } from "../../../bridge/core/frames.ts";
import { LIFE_BONES } from "../../../bridge/core/skeleton.ts";
import { fromSeconds, micros } from "../../../bridge/core/time.ts";
import { Performer, type Attention } from "../../../inference/animation/performer.ts";
import { chunkOf, framesBetween, PUPPET, recorded } from "../../support/spoken.ts";

const DEGREES = 180 / Math.PI;
const MINUTES = 10;

/** Ten minutes of one attention; while speaking, sentence after sentence with a breath between. */
const lived = (mode: Attention, seed = 1, minutes = MINUTES): AnimationFrame[] => {
  const performer = new Performer({ puppet: PUPPET, seed });
  performer.attend(mode, micros(0));
  const frames: AnimationFrame[] = [];
  let next = 1_000_000;
  let turn = 0;
  for (let second = 0; second < minutes * 60; second++) {
    const heardUpTo = mode === "speaking" ? (second + 2) * 1e6 : 0;
    while (next < heardUpTo) {
      const sentence = recorded.sentences[turn % recorded.sentences.length];
      if (sentence === undefined) break;
      performer.speak(chunkOf(sentence, ++turn), micros(next));
      next += sentence.duration * 1_000 + 400_000;
    }
    frames.push(...framesBetween(performer, fromSeconds(second), fromSeconds(second + 1)));
  }
  return frames;
};

const value = (frame: AnimationFrame, curve: number): number => frame.curves[curve] ?? 0;
const quantile = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? Number.NaN;
const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each, 0) / values.length;

/** Start (s), closing and reopening time (ms) and peak of each blink of the left eye. */
const blinksOf = (frames: readonly AnimationFrame[]) => {
  const blinks: { start: number; closing: number; opening: number; peak: number }[] = [];
  let start: number | undefined;
  let peak = 0;
  let peakAt = 0;
  for (const frame of frames) {
    // The lid also follows a lowered gaze; that part is no blink.
    const lid = value(frame, CURVE.eyeBlinkLeft) - 0.4 * value(frame, CURVE.eyeLookDownLeft);
    const at = frame.pts / 1_000;
    if (start === undefined && lid > 0.08) {
      start = at;
      peak = 0;
    }
    if (start === undefined) continue;
    if (lid > peak) {
      peak = lid;
      peakAt = at;
    }
    if (lid < 0.05) {
      blinks.push({ start: start / 1_000, closing: peakAt - start, opening: at - peakAt, peak });
      start = undefined;
    }
  }
  return blinks;
};

const headOf = (frame: AnimationFrame): [yaw: number, pitch: number, roll: number] => [
  value(frame, CURVE.headYaw) * DEGREES,
  value(frame, CURVE.headPitch) * DEGREES,
  value(frame, CURVE.headRoll) * DEGREES,
];

/** Yaw and pitch of the left eye in the world, degrees from the viewer. */
const gazeOf = (frame: AnimationFrame): [number, number] => [
  (value(frame, CURVE.leftEyeYaw) + value(frame, CURVE.headYaw)) * DEGREES,
  (value(frame, CURVE.leftEyePitch) + value(frame, CURVE.headPitch)) * DEGREES,
];

const lives = new Map<Attention, AnimationFrame[]>();
const lifeOf = (mode: Attention): AnimationFrame[] => {
  const known = lives.get(mode) ?? lived(mode);
  lives.set(mode, known);
  return known;
};

describe("blinks over ten minutes", () => {
  // Blinks a minute: at rest 8 to 21, in conversation 10.5 to 32.5 (Doughty 2001); thought slows them.
  test.each([
    ["idle", 8, 21],
    ["listening", 10.5, 32.5],
    ["thinking", 3, 14],
    ["speaking", 10.5, 32.5],
  ] as const)("a puppet that is %s blinks %f to %f times a minute", (mode, low, high) => {
    const rate = blinksOf(lifeOf(mode)).length / MINUTES;
    expect(rate).toBeGreaterThanOrEqual(low);
    expect(rate).toBeLessThanOrEqual(high);
  });

  test("they are irregular, quick to close and slower to open, and part of them stay partial", () => {
    const blinks = blinksOf(lifeOf("listening"));
    const intervals = blinks.slice(1).map((blink, index) => blink.start - (blinks[index]?.start ?? 0));
    const average = mean(intervals);
    const deviation = Math.sqrt(mean(intervals.map((interval) => (interval - average) ** 2)));
    expect(deviation / average).toBeGreaterThan(0.5);
    expect(deviation / average).toBeLessThan(1.2);
    expect(Math.min(...intervals)).toBeGreaterThan(0.2);
    expect(
      quantile(
        blinks.map((blink) => blink.closing),
        0.5,
      ),
    ).toBeGreaterThanOrEqual(50);
    expect(
      quantile(
        blinks.map((blink) => blink.closing),
        0.5,
      ),
    ).toBeLessThanOrEqual(100);
    // Reopening as counted here includes the 10 to 40 ms the lid stays down.
    expect(
      quantile(
        blinks.map((blink) => blink.opening),
        0.5,
      ),
    ).toBeGreaterThanOrEqual(117);
    expect(
      quantile(
        blinks.map((blink) => blink.opening),
        0.5,
      ),
    ).toBeLessThanOrEqual(224);
    const partial = blinks.filter((blink) => blink.peak < 0.85).length / blinks.length;
    expect(partial).toBeGreaterThan(0.25);
    expect(partial).toBeLessThan(0.6);
  });
});

describe("the head", () => {
  test.each(["idle", "listening", "thinking", "speaking"] as const)(
    "moves at most 25 degrees a second (p95) while %s",
    (mode) => {
      const frames = lifeOf(mode);
      for (const axis of [0, 1, 2] as const) {
        const speeds = frames.slice(1).map((frame, index) => {
          const before = frames[index];
          return before === undefined ? 0 : Math.abs(headOf(frame)[axis] - headOf(before)[axis]) * 60;
        });
        expect(quantile(speeds, 0.95)).toBeLessThanOrEqual(25);
      }
    },
  );

  test("is never still and never far from the viewer", () => {
    for (const mode of ["idle", "speaking"] as const) {
      const yaws = lifeOf(mode).map((frame) => headOf(frame)[0]);
      const average = mean(yaws);
      const deviation = Math.sqrt(mean(yaws.map((yaw) => (yaw - average) ** 2)));
      expect(deviation).toBeGreaterThan(0.4);
      expect(Math.max(...yaws.map(Math.abs))).toBeLessThan(12);
    }
  });

  test("its motion does not repeat: no autocorrelation above 0.2 beyond three seconds", () => {
    const yaws = lifeOf("idle")
      .filter((_, index) => index % 12 === 0)
      .map((frame) => headOf(frame)[1]);
    const average = mean(yaws);
    const centred = yaws.map((yaw) => yaw - average);
    const power = mean(centred.map((yaw) => yaw * yaw));
    for (let lag = 20; lag < 300; lag++) {
      const products = centred.slice(lag).map((yaw, index) => yaw * (centred[index] ?? 0));
      expect(mean(products) / power).toBeLessThan(0.2);
    }
  });

  test("neck and head bones together carry the head's angles", () => {
    const neck = LIFE_BONES.indexOf("neck_01") * 4;
    const head = LIFE_BONES.indexOf("head") * 4;
    for (const frame of lifeOf("thinking").slice(0, 600)) {
      const [yaw] = headOf(frame);
      const q = frame.bones;
      // About the vertical axis alone the half angles add up, to first order.
      const turned = 2 * ((q[neck + 2] ?? 0) + (q[head + 2] ?? 0)) * DEGREES;
      expect(Math.abs(turned - yaw)).toBeLessThan(0.35);
      for (let bone = 0; bone < q.length; bone += 4)
        expect(Math.hypot(q[bone] ?? 0, q[bone + 1] ?? 0, q[bone + 2] ?? 0, q[bone + 3] ?? 0)).toBeCloseTo(
          1,
          5,
        );
    }
  });
});

describe("the eyes", () => {
  test("rest on the viewer most of the time, less while speaking, hardly while thinking", () => {
    const away = (mode: Attention): number =>
      mean(lifeOf(mode).map((frame) => (Math.hypot(...gazeOf(frame)) > 4 ? 1 : 0)));
    expect(away("idle")).toBeLessThan(0.3);
    expect(away("listening")).toBeLessThan(0.25);
    expect(away("speaking")).toBeGreaterThan(away("listening"));
    expect(away("speaking")).toBeLessThan(0.45);
    expect(away("thinking")).toBeGreaterThan(0.85);
  });

  test("stay on the viewer while the head moves", () => {
    const onViewer = lifeOf("listening").filter((frame) => Math.hypot(...gazeOf(frame)) < 4);
    const spread = quantile(
      onViewer.map((frame) => Math.hypot(...gazeOf(frame))),
      0.95,
    );
    const headSpread = quantile(
      onViewer.map((frame) => Math.hypot(headOf(frame)[0], headOf(frame)[1])),
      0.95,
    );
    expect(spread).toBeLessThan(2.6);
    expect(headSpread).toBeGreaterThan(1);
  });

  test("turn away within a quarter of a second when thinking begins, and return when speech does", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const performer = new Performer({ puppet: PUPPET, seed });
      performer.attend("listening", micros(0));
      framesBetween(performer, micros(0), fromSeconds(5));
      performer.attend("thinking", fromSeconds(5));
      const thinking = framesBetween(performer, fromSeconds(5), fromSeconds(7));
      const turned = thinking.find((frame) => Math.hypot(...gazeOf(frame)) > 4);
      expect((turned?.pts ?? Number.POSITIVE_INFINITY) - 5e6).toBeLessThanOrEqual(330_000);
      performer.attend("speaking", fromSeconds(7));
      const speaking = framesBetween(performer, fromSeconds(7), fromSeconds(8));
      expect(speaking.some((frame) => Math.hypot(...gazeOf(frame)) < 3.5)).toBe(true);
    }
  });

  test("agree with the look curves", () => {
    for (const frame of lifeOf("speaking").slice(0, 600)) {
      const inward = value(frame, CURVE.eyeLookInLeft) - value(frame, CURVE.eyeLookOutLeft);
      expect(value(frame, CURVE.leftEyeYaw)).toBeCloseTo(0.65 * inward, 5);
      expect(value(frame, CURVE.rightEyeYaw)).toBeCloseTo(value(frame, CURVE.leftEyeYaw), 5);
    }
  });
});

describe("breath", () => {
  test("lifts the chest twelve to twenty times a minute when idle", () => {
    const spine = LIFE_BONES.indexOf("clavicle_l") * 4 + 1;
    let breaths = 0;
    let rising = false;
    let low = 0;
    let high = 0;
    for (const frame of lifeOf("idle")) {
      // A raised left clavicle turns about Y the negative way.
      const lift = -(frame.bones[spine] ?? 0) * DEGREES;
      if (rising) high = Math.max(high, lift);
      else low = Math.min(low, lift);
      if (!rising && lift > low + 0.15) {
        rising = true;
        breaths++;
        high = lift;
      } else if (rising && lift < high - 0.15) {
        rising = false;
        low = lift;
      }
    }
    expect(breaths / MINUTES).toBeGreaterThanOrEqual(12);
    expect(breaths / MINUTES).toBeLessThanOrEqual(20);
  });

  test("is drawn before an utterance begins", () => {
    const performer = new Performer({ puppet: PUPPET, seed: 4 });
    framesBetween(performer, micros(0), fromSeconds(3));
    const sentence = recorded.sentences[0];
    if (sentence === undefined) throw new Error("the fixture is empty");
    performer.speak(chunkOf(sentence), micros(3_400_000));
    const clavicle = LIFE_BONES.indexOf("clavicle_l") * 4 + 1;
    const lift = framesBetween(performer, fromSeconds(3), micros(3_500_000)).map(
      (frame) => -(frame.bones[clavicle] ?? 0),
    );
    const top = lift.indexOf(Math.max(...lift));
    expect(top / 60).toBeGreaterThan(0.3);
    expect(Math.max(...lift) * 2 * DEGREES).toBeGreaterThan(1);
  });
});

describe("a seed", () => {
  test("gives the same life again, another seed another life", () => {
    const bytes = (seed: number): string =>
      lived("speaking", seed, 0.1)
        .map((frame) => Array.from(frame.curves).join())
        .join();
    expect(bytes(7)).toBe(bytes(7));
    expect(bytes(7)).not.toBe(bytes(8));
  });

  test("decides the moment, whatever moments were asked for before", () => {
    const steady = new Performer({ puppet: PUPPET, seed: 5 });
    const all = framesBetween(steady, micros(0), fromSeconds(20));
    const sparse = new Performer({ puppet: PUPPET, seed: 5 });
    for (let n = 0; n < all.length; n += 7)
      expect(sparse.frame(micros((n * 1e6) / 60)).curves).toEqual(all[n]?.curves);
  });
});
