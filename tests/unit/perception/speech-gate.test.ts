import fc from "fast-check";
import { expect, test } from "vitest";
import { fromMillis, type Micros } from "../../../bridge/core/time.ts";
import { GATE_PROFILES, SpeechGate, type Voice } from "../../../inference/perception/vad/speech-gate.ts";

const at = (window: number): Micros => fromMillis((window + 1) * 32);

const voicesOf = (gate: SpeechGate, probabilities: readonly number[]): Voice[] =>
  probabilities.map((probability, window) => gate.push(at(window), probability));

test("two voiced windows are an onset that began with the first", () => {
  const gate = new SpeechGate();
  expect(voicesOf(gate, [0.1, 0.8, 0.9, 0.9])).toEqual(["silent", "silent", "onset", "voice"]);
  expect(gate.since).toBe(fromMillis(32));
});

test("one doubtful window between two voiced ones does not delay an onset", () => {
  const gate = new SpeechGate();
  expect(voicesOf(gate, [0.8, 0.4, 0.8])).toEqual(["silent", "silent", "onset"]);
  expect(gate.since).toBe(0);
});

test("one window that is sure is an onset by itself", () => {
  const gate = new SpeechGate();
  gate.attend("speaking");
  expect(voicesOf(gate, [0.1, 0.95, 0.9])).toEqual(["silent", "onset", "voice"]);
  expect(gate.since).toBe(fromMillis(32));
});

test("a single click is no onset", () => {
  expect(voicesOf(new SpeechGate(), [0.85, 0, 0, 0.85, 0, 0])).not.toContain("onset");
});

test("voice falls only below the lower threshold, and rises only above the upper one", () => {
  const gate = new SpeechGate();
  voicesOf(gate, [0.9, 0.9]);
  expect(voicesOf(gate, [0.4, 0.2, 0.4, 0.7, 0.9])).toEqual(["voice", "fall", "quiet", "rise", "voice"]);
});

test("after a turn is settled the next voice is a new onset", () => {
  const gate = new SpeechGate();
  voicesOf(gate, [0.8, 0.8, 0.1]);
  gate.settle();
  expect(voicesOf(gate, [0.8, 0.8])).toEqual(["silent", "onset"]);
});

test("a speaking puppet is not stopped by what an idle one attends to", () => {
  const murmur = [0.65, 0.66, 0.64, 0.65];
  const idle = new SpeechGate();
  const speaking = new SpeechGate();
  speaking.attend("speaking");
  expect(voicesOf(idle, murmur)).toContain("onset");
  expect(voicesOf(speaking, murmur)).not.toContain("onset");
});

test("a profile that could never confirm an onset is refused", () => {
  const idle = { on: 0.5, off: 0.6, windows: 2, among: 3, sure: 0.9 };
  expect(() => new SpeechGate({ ...GATE_PROFILES, idle })).toThrow(RangeError);
});

test("whatever is heard, onset comes first and falls and rises alternate", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 200 }), (probabilities) => {
      const turns = voicesOf(new SpeechGate(), probabilities).filter((voice) =>
        /onset|fall|rise/.test(voice),
      );
      turns.forEach((voice, i) => {
        if (i === 0) expect(voice).toBe("onset");
        else expect(voice).toBe(i % 2 === 1 ? "fall" : "rise");
      });
    }),
  );
});
