import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CURVE, WEIGHT_COUNT } from "../../bridge/core/arkit.ts";
import type { Lang, SpeechChunk } from "../../bridge/core/frames.ts";
import { micros, type Micros } from "../../bridge/core/time.ts";
import { Performer, type Attention } from "../../inference/animation/performer.ts";
import { PUPPET, recorded, turnOf } from "../support/spoken.ts";

const symbol = fc.oneof(
  fc.constantFrom(...recorded.symbols.en, ...recorded.symbols.zh),
  fc.string({ maxLength: 8 }),
);
/** Any time at all, as a careless provider might send it. */
const anyTime = fc
  .oneof(
    fc.integer({ min: -2_000_000, max: 6_000_000 }),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e15, -1e15),
  )
  .map((time) => time as Micros);
const sample = fc.oneof(fc.float(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 2, -3));

const chunk: fc.Arbitrary<SpeechChunk> = fc.record({
  turn: fc.integer({ min: 1, max: 3 }).map(turnOf),
  clause: fc.integer({ min: 0, max: 3 }),
  offset: fc.integer({ min: 0, max: 3_000_000 }).map(micros),
  sampleRate: fc.constantFrom(8_000, 22_050, 48_000),
  pcm: fc.array(sample, { maxLength: 400 }).map((samples) => Float32Array.from(samples)),
  text: fc.constant(""),
  lang: fc.constantFrom<Lang>("en", "zh"),
  phonemes: fc.option(fc.array(fc.record({ symbol, start: anyTime, end: anyTime }), { maxLength: 30 }), {
    nil: undefined,
  }),
});

const act = fc.oneof(
  fc.record({ kind: fc.constant("speak" as const), chunk, at: fc.integer({ min: 0, max: 4_000_000 }) }),
  fc.record({
    kind: fc.constant("interrupt" as const),
    turn: fc.integer({ min: 1, max: 3 }),
    at: fc.integer({ min: 0, max: 4_000_000 }),
  }),
  fc.record({
    kind: fc.constant("attend" as const),
    mode: fc.constantFrom<Attention>("idle", "listening", "thinking", "speaking"),
    at: fc.integer({ min: 0, max: 4_000_000 }),
  }),
);

describe("the performer, whatever it is told", () => {
  test("gives finite poses with weights in 0..1 and lips that never pass through each other", () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(act, { maxLength: 12 }), (seed, acts) => {
        const performer = new Performer({ puppet: PUPPET, seed });
        for (const [index, step] of acts.entries()) {
          if (step.kind === "speak") performer.speak(step.chunk, micros(step.at));
          else if (step.kind === "interrupt") performer.interrupt(turnOf(step.turn), micros(step.at));
          else performer.attend(step.mode, micros(step.at));
          performer.frame(micros(index * 300_000));
        }
        for (let pts = 0; pts < 6_000_000; pts += 66_667) {
          const { curves, bones } = performer.frame(micros(pts));
          const wrong = curves.findIndex(
            (weight, curve) =>
              !Number.isFinite(weight) || (curve < WEIGHT_COUNT && (weight < 0 || weight > 1)),
          );
          expect(wrong).toBe(-1);
          expect(bones.every(Number.isFinite)).toBe(true);
          const past = (curves[CURVE.mouthClose] ?? 0) - (curves[CURVE.jawOpen] ?? 0);
          expect(past).toBeLessThanOrEqual(1e-6);
        }
      }),
      { numRuns: 120 },
    );
  });

  test("after an interruption no frame names the turn and the lips rest", () => {
    const one = recorded.sentences.map((sentence) => sentence.phonemes);
    fc.assert(
      fc.property(
        fc.integer(),
        fc.nat(one.length - 1),
        fc.integer({ min: 900_000, max: 4_000_000 }),
        (seed, pick, cut) => {
          const performer = new Performer({ puppet: PUPPET, seed });
          const sentence = recorded.sentences[pick] ?? recorded.sentences[0];
          if (sentence === undefined) return;
          const phonemes = sentence.phonemes.map(([symbol, at], index) => ({
            symbol,
            start: micros(at * 1_000),
            end: micros((sentence.phonemes[index + 1]?.[1] ?? sentence.duration) * 1_000),
          }));
          const said = {
            turn: turnOf(1),
            clause: 0,
            offset: micros(0),
            sampleRate: 22_050,
            pcm: new Float32Array(0),
            text: "",
          };
          performer.speak({ ...said, lang: sentence.lang, phonemes }, micros(1_000_000));
          performer.interrupt(turnOf(1), micros(cut));
          for (let pts = cut; pts < cut + 1_000_000; pts += 16_667) {
            const frame = performer.frame(micros(pts));
            expect(frame.turn).toBeUndefined();
            if (pts >= cut + 150_000) expect(frame.curves[CURVE.jawOpen]).toBe(0);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
