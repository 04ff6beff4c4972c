import { describe, expect, test } from "vitest";
import { CURVE } from "../../../bridge/core/arkit.ts";
import type { AnimationFrame } from "../../../bridge/core/frames.ts";
import { fromMillis, fromSeconds, micros } from "../../../bridge/core/time.ts";
import { levelOf } from "../../../inference/animation/loudness.ts";
import { Performer } from "../../../inference/animation/performer.ts";
import {
  chunkOf,
  framesBetween,
  HEARD_AT,
  PUPPET,
  recorded,
  soundOf,
  type Sentence,
} from "../../support/spoken.ts";

const RATE = 22_050;
const jaw = (frame: AnimationFrame): number => frame.curves[CURVE.jawOpen] ?? 0;
const first = recorded.sentences[0] as Sentence;

/** Half-second bursts of a 140 Hz tone with silence between, at the given levels (dB). */
const bursts = (levels: readonly number[]): Float32Array => {
  const pcm = new Float32Array(levels.length * RATE);
  for (const [index, level] of levels.entries())
    for (let at = 0; at < RATE / 2; at++)
      pcm[index * RATE + at] = 10 ** (level / 20) * Math.SQRT2 * Math.sin((2 * Math.PI * 140 * at) / RATE);
  return pcm;
};

describe("loudness of syllables", () => {
  test("a louder syllable opens the jaw wider", () => {
    const phonemes = [0, 1, 2, 3, 4, 5].map((n) => ({
      symbol: "ˈɑː",
      start: fromSeconds(n),
      end: fromMillis(n * 1_000 + 500),
    }));
    const performer = new Performer({ puppet: PUPPET, seed: 1 });
    performer.speak(chunkOf(first, 1, { phonemes, pcm: bursts([-20, -20, -10, -20, -30, -20]) }), HEARD_AT);
    const widest = phonemes.map(({ start, end }) =>
      Math.max(...framesBetween(performer, micros(HEARD_AT + start), micros(HEARD_AT + end)).map(jaw)),
    );
    expect(widest[2]).toBeGreaterThan((widest[1] ?? 0) * 1.15);
    expect(widest[4]).toBeLessThan((widest[1] ?? 0) * 0.85);
  });

  test("levels are in dB of full scale, and what is not a number is silence", () => {
    expect(levelOf(new Float32Array(100).fill(1), 0, 100)).toBeCloseTo(0, 4);
    expect(levelOf(new Float32Array(100).fill(0.1), 0, 100)).toBeCloseTo(-20, 3);
    expect(levelOf(new Float32Array(100).fill(Number.NaN), 0, 100)).toBe(-90);
    expect(levelOf(new Float32Array(0), 0, 100)).toBe(-90);
  });
});

describe("a voice without phoneme times", () => {
  const heard = (pcm: Float32Array): AnimationFrame[] => {
    const performer = new Performer({ puppet: PUPPET, seed: 1 });
    // It arrives in pieces of a fifth of a second.
    for (let at = 0; at < pcm.length; at += RATE / 5) {
      const offset = micros((at / RATE) * 1e6);
      const piece = pcm.subarray(at, at + RATE / 5);
      performer.speak(
        chunkOf(first, 1, { pcm: piece, offset, phonemes: undefined }),
        micros(HEARD_AT + offset),
      );
    }
    return framesBetween(performer, micros(0), micros(HEARD_AT + (pcm.length / RATE) * 1e6 + 500_000));
  };

  test("opens the mouth with the sound and closes it in silence", () => {
    const frames = heard(bursts([-18, -18, -18]));
    const at = (ms: number): AnimationFrame | undefined =>
      frames.find((frame) => frame.pts >= HEARD_AT + ms * 1_000);
    for (const second of [0, 1, 2]) {
      expect(jaw(at(second * 1_000 + 300) as AnimationFrame)).toBeGreaterThan(0.12);
      expect(jaw(at(second * 1_000 + 850) as AnimationFrame)).toBeLessThan(0.03);
    }
    expect(jaw(frames.at(-1) as AnimationFrame)).toBe(0);
  });

  test("a quiet speaker opens the mouth as well", () => {
    expect(Math.max(...heard(bursts([-38, -38])).map(jaw))).toBeGreaterThan(0.12);
  });

  test("follows the loudness of real sentences", () => {
    for (const sentence of recorded.sentences.slice(0, 4)) {
      const frames = heard(soundOf(sentence)).filter(
        (frame) => frame.pts > HEARD_AT && frame.pts < HEARD_AT + sentence.duration * 1_000,
      );
      const levels = sentence.levels.split(" ").map(Number);
      const loud = frames.filter(
        (frame) => (levels[Math.floor((frame.pts - HEARD_AT) / 10_000)] ?? -90) > -22,
      );
      const soft = frames.filter(
        (frame) => (levels[Math.floor((frame.pts - HEARD_AT) / 10_000)] ?? -90) < -45,
      );
      const average = (some: AnimationFrame[]): number =>
        some.reduce((sum, frame) => sum + jaw(frame), 0) / some.length;
      expect(average(loud)).toBeGreaterThan(average(soft) * 1.3);
    }
  });
});
