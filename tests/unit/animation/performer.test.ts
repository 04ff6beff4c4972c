import { describe, expect, test } from "vitest";
import { CURVE, CURVE_COUNT, WEIGHT_COUNT } from "../../../bridge/core/arkit.ts";
import type { AnimationFrame } from "../../../bridge/core/frames.ts";
import { LIFE_BONES } from "../../../bridge/core/skeleton.ts";
import { fromMillis, fromSeconds, micros, plus, type Micros } from "../../../bridge/core/time.ts";
import { Performer } from "../../../inference/animation/performer.ts";
import {
  chunkOf,
  framesBetween,
  gapOf,
  phonemesOf,
  PUPPET,
  recorded,
  soundOf,
  turnOf,
  type Sentence,
} from "../../support/spoken.ts";

const sentenceOf = (index: number): Sentence => {
  const sentence = recorded.sentences[index];
  if (sentence === undefined) throw new Error(`the fixture has no sentence ${index}`);
  return sentence;
};
const make = (seed = 1): Performer => new Performer({ puppet: PUPPET, seed });
const jaw = (frame: AnimationFrame): number => frame.curves[CURVE.jawOpen] ?? 0;
const AT = fromSeconds(1);

/** Curves that only speech moves. */
const LIPS = [
  CURVE.jawOpen,
  CURVE.mouthClose,
  CURVE.mouthFunnel,
  CURVE.mouthPucker,
  CURVE.mouthLowerDownLeft,
  CURVE.mouthUpperUpRight,
  CURVE.mouthRollLower,
  CURVE.mouthStretchLeft,
  CURVE.tongueOut,
];
const lipsMoved = (frame: AnimationFrame): number =>
  Math.max(...LIPS.map((curve) => frame.curves[curve] ?? 0));

describe("a frame", () => {
  test("is a whole pose on the wire's layout, allocated anew", () => {
    const performer = make();
    const one = performer.frame(AT);
    const other = performer.frame(AT);
    expect(one.curves).toHaveLength(CURVE_COUNT);
    expect(one.bones).toHaveLength(LIFE_BONES.length * 4);
    expect(one.curves).not.toBe(other.curves);
    expect(one.curves).toEqual(other.curves);
    expect(one).toMatchObject({ kind: "animation", puppet: PUPPET, pts: AT, turn: undefined });
  });

  test("names the turn that is heard at its time", () => {
    const performer = make();
    performer.speak(chunkOf(sentenceOf(0), 3), AT);
    const end = plus(AT, fromMillis(sentenceOf(0).duration));
    expect(performer.frame(micros(AT - 1)).turn).toBeUndefined();
    expect(performer.frame(AT).turn).toBe(3);
    expect(performer.frame(micros(end - 20_000)).turn).toBe(3);
    expect(performer.frame(micros(end + 1_000)).turn).toBeUndefined();
  });
});

describe("speech that arrives in parts", () => {
  test("a later clause joins without a step on the lips", () => {
    const performer = make();
    const first = sentenceOf(0);
    const second = sentenceOf(1);
    const middle = plus(AT, fromMillis(first.duration));
    performer.speak(chunkOf(first, 1), AT);
    // It arrives 150 ms before it is heard.
    const frames = framesBetween(performer, micros(0), micros(middle - 150_000));
    performer.speak(
      chunkOf(second, 1, {
        clause: 1,
        offset: fromMillis(first.duration),
        phonemes: moved(second, first.duration),
      }),
      middle,
    );
    frames.push(...framesBetween(performer, micros(middle - 150_000), plus(middle, fromSeconds(1))));
    const steps = frames
      .slice(1)
      .map((frame, index) => Math.abs(gapOf(frame.curves) - gapOf(frames[index]?.curves ?? frame.curves)));
    expect(Math.max(...steps)).toBeLessThan(0.7);
    expect(frames.filter((frame) => frame.pts > middle + 200_000).some((frame) => jaw(frame) > 0.15)).toBe(
      true,
    );
  });

  test("times are offsets in the turn: the same clause later in a turn looks the same", () => {
    const shifted = make();
    const plain = make();
    const sentence = sentenceOf(2);
    plain.speak(chunkOf(sentence), AT);
    shifted.speak(chunkOf(sentence, 1, { offset: fromSeconds(9), phonemes: moved(sentence, 9_000) }), AT);
    for (const [index, frame] of framesBetween(plain, AT, fromSeconds(3)).entries())
      expect(lipsMoved(frame)).toBeCloseTo(
        lipsMoved(framesBetween(shifted, AT, fromSeconds(3))[index] ?? frame),
        5,
      );
  });

  test("later sound of a timed clause keeps its lips: only the first piece brings phonemes", () => {
    const sentence = sentenceOf(4);
    const pcm = soundOf(sentence);
    const half = Math.floor(pcm.length / 2);
    for (const later of [undefined, []]) {
      const whole = make();
      const pieces = make();
      whole.speak(chunkOf(sentence), AT);
      pieces.speak(chunkOf(sentence, 1, { pcm: pcm.subarray(0, half) }), AT);
      const offset = micros((half / 22_050) * 1e6);
      pieces.speak(
        chunkOf(sentence, 1, { pcm: pcm.subarray(half), offset, text: "", phonemes: later }),
        plus(AT, offset),
      );
      const a = framesBetween(whole, AT, fromSeconds(4));
      const b = framesBetween(pieces, AT, fromSeconds(4));
      for (const [index, frame] of a.entries())
        expect(Math.abs(gapOf(frame.curves) - gapOf(b[index]?.curves ?? frame.curves))).toBeLessThan(0.12);
      expect(b.filter((frame) => (frame.curves[CURVE.mouthClose] ?? 0) > 0.02).length).toBeGreaterThan(3);
    }
  });
});

describe("a clause that is placed late", () => {
  test("changes no frame from more than 150 ms before its start", () => {
    for (let index = 0; index < recorded.sentences.length; index++) {
      const performer = make();
      const before = framesBetween(performer, micros(0), plus(AT, fromMillis(150)));
      performer.speak(chunkOf(sentenceOf(index)), AT);
      const after = framesBetween(performer, micros(0), plus(AT, fromMillis(150)));
      const changed = after.filter((frame, at) => lipsMoved(frame) > lipsMoved(before[at] ?? frame) + 1e-6);
      expect(changed[0]?.pts).toBeGreaterThanOrEqual(AT - 150_000);
    }
  });

  test("placed 60 ms before it is heard, after 300 ms of frames were shown, joins them without a visible step", () => {
    for (let index = 0; index < recorded.sentences.length; index++) {
      const performer = make();
      const now = micros(AT - 60_000);
      const shown = framesBetween(performer, micros(0), plus(now, fromMillis(300))).filter(
        (frame) => frame.pts <= now,
      );
      performer.speak(chunkOf(sentenceOf(index)), AT);
      const next = performer.frame(micros(now + 16_667));
      const step = gapOf(next.curves) - gapOf(shown.at(-1)?.curves ?? next.curves);
      expect(Math.abs(step)).toBeLessThan(0.12);
    }
  });
});

describe("an interruption", () => {
  const interruptedAt = (at: Micros, performer = make()): AnimationFrame[] => {
    performer.speak(chunkOf(sentenceOf(5), 7), AT);
    const before = framesBetween(performer, micros(0), plus(at, fromMillis(400)));
    performer.interrupt(turnOf(7), at);
    const after = framesBetween(performer, at, plus(at, fromSeconds(3)));
    return [...before.filter((frame) => frame.pts < at), ...after];
  };

  test.each([1_300, 1_700, 2_100, 2_600])(
    "at %i ms leaves the lips at rest within 150 ms and no frame of the turn",
    (ms) => {
      const at = fromMillis(ms);
      const frames = interruptedAt(at);
      expect(frames.filter((frame) => frame.turn === 7).length).toBeGreaterThan(5);
      for (const frame of frames) {
        if (frame.pts >= at) expect(frame.turn).toBeUndefined();
        if (frame.pts >= at + 150_000) expect(lipsMoved(frame)).toBeLessThan(1e-6);
      }
    },
  );

  test("closes the mouth steadily, without a step", () => {
    const frames = interruptedAt(fromMillis(1_700));
    const steps = frames.slice(1).map((frame, index) => Math.abs(jaw(frame) - jaw(frames[index] ?? frame)));
    expect(Math.max(...steps)).toBeLessThan(0.12);
  });

  test("what the turn still brings afterwards is never shown", () => {
    const performer = make();
    const frames = interruptedAt(fromMillis(1_500), performer);
    performer.speak(chunkOf(sentenceOf(6), 7, { clause: 1 }), fromSeconds(5));
    expect(
      framesBetween(performer, fromSeconds(5), fromSeconds(7)).filter((frame) => lipsMoved(frame) > 1e-6),
    ).toEqual([]);
    expect(frames.length).toBeGreaterThan(0);
  });

  test("leaves the next turn alone", () => {
    const performer = make();
    interruptedAt(fromMillis(1_500), performer);
    performer.speak(chunkOf(sentenceOf(6), 8), fromSeconds(5));
    const next = framesBetween(performer, fromSeconds(5), fromSeconds(6));
    expect(Math.max(...next.map(lipsMoved))).toBeGreaterThan(0.2);
    expect(next[0]?.turn).toBe(8);
  });

  test("keeps life going without a jump: head and lids go on where they were", () => {
    const performer = make();
    performer.attend("speaking", micros(0));
    performer.speak(chunkOf(sentenceOf(5), 7), AT);
    const before = framesBetween(performer, micros(0), fromMillis(2_400));
    performer.interrupt(turnOf(7), fromMillis(2_000));
    performer.attend("listening", fromMillis(2_000));
    const frames = [
      ...before.filter((frame) => frame.pts < 2e6),
      ...framesBetween(performer, fromMillis(2_000), fromMillis(4_000)),
    ];
    for (const curve of [CURVE.headYaw, CURVE.headPitch, CURVE.headRoll])
      for (const [index, frame] of frames.slice(1).entries())
        expect(Math.abs((frame.curves[curve] ?? 0) - (frames[index]?.curves[curve] ?? 0))).toBeLessThan(
          0.015,
        );
  });
});

describe("memory", () => {
  test("asking again for the last second gives the same frames", () => {
    const performer = make(9);
    performer.attend("speaking", micros(0));
    performer.speak(chunkOf(sentenceOf(3)), AT);
    const frames = framesBetween(performer, micros(0), fromSeconds(3));
    for (const frame of frames.slice(-60)) expect(performer.frame(frame.pts)).toEqual(frame);
  });

  test("an hour of talk is forgotten as it goes", () => {
    const performer = make();
    const sentence = { ...chunkOf(sentenceOf(0)), pcm: new Float32Array(0) };
    let deepest = 0;
    for (let turn = 1; turn <= 1_500; turn++) {
      const at = turn * 2_400_000;
      performer.speak({ ...sentence, turn: turnOf(turn) }, micros(at));
      for (let step = 0; step < 6; step++) performer.frame(micros(at + step * 400_000));
      deepest = Math.max(deepest, performer.depth);
    }
    // Three sentences of about fifty segments, closures and beats each.
    expect(deepest).toBeLessThan(200);
  });

  test("an endless turn forgets what was said", () => {
    const performer = make();
    for (let clause = 0; clause < 400; clause++) {
      const offset = clause * 2_500;
      const sentence = sentenceOf(1);
      performer.speak(
        chunkOf(sentence, 1, {
          clause,
          offset: fromMillis(offset),
          phonemes: moved(sentence, offset),
          pcm: new Float32Array(0),
        }),
        fromMillis(offset + 300),
      );
      framesBetween(performer, fromMillis(offset), fromMillis(offset + 2_500));
    }
    const late = framesBetween(performer, fromSeconds(999), fromSeconds(1_000));
    expect(Math.max(...late.map(lipsMoved))).toBeGreaterThan(0.1);
    expect(performer.depth).toBeLessThan(200);
  });
});

describe("options", () => {
  test("a seal gain that cannot be is refused", () => {
    expect(() => new Performer({ puppet: PUPPET, seed: 1, sealGain: 0 })).toThrow("sealGain");
    expect(() => new Performer({ puppet: PUPPET, seed: Number.NaN })).toThrow("seed");
  });

  test("weights stay in 0..1 and angles are finite in every frame", () => {
    const performer = make();
    performer.speak(chunkOf(sentenceOf(7)), AT);
    const wrong = framesBetween(performer, micros(0), fromSeconds(5)).filter((frame) =>
      frame.curves.some(
        (weight, curve) => !Number.isFinite(weight) || (curve < WEIGHT_COUNT && (weight < 0 || weight > 1)),
      ),
    );
    expect(wrong).toEqual([]);
  });
});

const moved = (sentence: Sentence, ms: number) =>
  phonemesOf(sentence).map((phoneme) => ({
    ...phoneme,
    start: plus(phoneme.start, fromMillis(ms)),
    end: plus(phoneme.end, fromMillis(ms)),
  }));
