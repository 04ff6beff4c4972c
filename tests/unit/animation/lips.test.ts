import { describe, expect, test } from "vitest";
import { CURVE } from "../../../bridge/core/arkit.ts";
import {
  gapOf,
  performed,
  recorded,
  sealsOf,
  soundTime,
  widthOf,
  type Sentence,
} from "../../support/spoken.ts";

/** One millimetre: lips that look closed. */
const CLOSED = 0.1;
const FRAME_MS = 1_000 / 60;

const performances = new Map(recorded.sentences.map((sentence) => [sentence, performed(sentence)]));

const shown = (sentence: Sentence, jawGain = 1) =>
  (performances.get(sentence) ?? []).map((frame) => ({
    at: soundTime(frame),
    gap: gapOf(frame.curves, jawGain),
    curves: frame.curves,
  }));

const isClosed = (frames: ReturnType<typeof shown>, seal: { start: number; end: number }): boolean =>
  frames.some(({ at, gap }) => at >= seal.start - 25 && at <= seal.end + 25 && gap <= CLOSED);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The measured middle of every closure that is not joined to silence, minus where it ought to be, ms. */
const timingErrors = (sentence: Sentence): number[] => {
  const frames = shown(sentence);
  const wanted: { start: number; end: number }[] = [];
  for (const seal of sealsOf(sentence)) {
    const last = wanted.at(-1);
    if (last !== undefined && seal.start - last.end < 60) last.end = Math.max(last.end, seal.end);
    else wanted.push({ ...seal });
  }
  return wanted
    .filter((seal) => seal.start >= 100 && seal.end <= sentence.duration - 150)
    .map((seal) => {
      const first = frames.findIndex(
        ({ at, gap }) => at >= seal.start - 25 && at <= seal.end + 25 && gap <= CLOSED,
      );
      let from = first;
      let to = first;
      while ((frames[from - 1]?.gap ?? 1) <= CLOSED) from--;
      while ((frames[to + 1]?.gap ?? 1) <= CLOSED) to++;
      const crossing = (inside: number, outside: number): number => {
        const a = frames[inside];
        const b = frames[outside];
        if (a === undefined || b === undefined) return Number.NaN;
        return a.at + ((b.at - a.at) * (CLOSED - a.gap)) / (b.gap - a.gap);
      };
      return (crossing(from, from - 1) + crossing(to, to + 1)) / 2 - (seal.start + seal.end) / 2;
    });
};

/** Gap and width in the middle of every phoneme whose bare symbol is in `symbols`. */
const middles = (symbols: readonly string[]): { gap: number; width: number }[] =>
  recorded.sentences.flatMap((sentence) => {
    const frames = shown(sentence);
    return sentence.phonemes.flatMap(([symbol, at], index) => {
      if (!symbols.includes(symbol.replace(/[ˈˌ]/g, ""))) return [];
      const middle = (at + (sentence.phonemes[index + 1]?.[1] ?? sentence.duration)) / 2;
      const frame = frames.find((each) => Math.abs(each.at - middle) <= FRAME_MS / 2 + 0.01);
      return frame === undefined ? [] : [{ gap: frame.gap, width: widthOf(frame.curves) }];
    });
  });

describe("lips that meet", () => {
  test("the fixture holds at least ten English and four Mandarin sentences with many p, b and m", () => {
    expect(recorded.sentences.filter((sentence) => sentence.lang === "en").length).toBeGreaterThanOrEqual(10);
    expect(recorded.sentences.filter((sentence) => sentence.lang === "zh").length).toBeGreaterThanOrEqual(4);
    expect(recorded.sentences.flatMap(sealsOf).length).toBeGreaterThan(90);
  });

  test.each(recorded.sentences)("every p, b and m seals in: $text", (sentence) => {
    const frames = shown(sentence);
    expect(sealsOf(sentence).filter((seal) => !isClosed(frames, seal))).toEqual([]);
  });

  test.each([1.3, 1.5])("lips still seal on a rig whose jaw opens %f times as far", (jawGain) => {
    const open = recorded.sentences.flatMap((sentence) => {
      const frames = shown(sentence, jawGain);
      return sealsOf(sentence).filter((seal) => !isClosed(frames, seal));
    });
    expect(open).toEqual([]);
  });

  test("closures come at the right time: mean error within 10 ms, bias within 5 ms", () => {
    const errors = recorded.sentences.flatMap(timingErrors);
    expect(errors.length).toBeGreaterThan(70);
    expect(mean(errors.map(Math.abs))).toBeLessThanOrEqual(10);
    expect(Math.abs(mean(errors))).toBeLessThanOrEqual(5);
  });

  test("lips meet nowhere else while there is sound", () => {
    for (const sentence of recorded.sentences) {
      const seals = sealsOf(sentence);
      const stray = shown(sentence).filter(
        ({ at, gap }) =>
          at > 60 &&
          at < sentence.duration - 100 &&
          gap <= CLOSED &&
          !seals.some((seal) => at >= seal.start - 70 && at <= seal.end + 70),
      );
      expect(stray.map(({ at }) => `${sentence.text} ${at}`)).toEqual([]);
    }
  });

  test("mouthClose never exceeds jawOpen, and is nothing away from seals", () => {
    for (const sentence of recorded.sentences) {
      const seals = sealsOf(sentence);
      const wrong = shown(sentence).filter(({ at, curves }) => {
        const close = curves[CURVE.mouthClose] ?? 0;
        const near = seals.some((seal) => at >= seal.start - 70 && at <= seal.end + 70);
        return close > (curves[CURVE.jawOpen] ?? 0) + 1e-6 || (!near && close > 0);
      });
      expect(wrong.map(({ at }) => at)).toEqual([]);
    }
  });

  test("f and v bring the lower lip to the teeth without sealing", () => {
    for (const sentence of recorded.sentences) {
      const frames = shown(sentence);
      sentence.phonemes.forEach(([symbol, at], index) => {
        if (symbol !== "f" && symbol !== "v") return;
        const end = sentence.phonemes[index + 1]?.[1] ?? sentence.duration;
        const during = frames.filter((frame) => frame.at >= at - 10 && frame.at <= end);
        const contact = during.filter(
          ({ gap, curves }) => gap <= 0.3 && (curves[CURVE.mouthRollLower] ?? 0) > 0.15,
        );
        expect(contact.length, `${sentence.text} ${symbol} at ${at}`).toBeGreaterThan(0);
      });
    }
  });
});

describe("vowels that open", () => {
  test("aa opens at least 1.6 times as far as I", () => {
    const aa = mean(middles(["ɑː", "ɑ", "a"]).map(({ gap }) => gap));
    const i = mean(middles(["ɪ", "iː", "i"]).map(({ gap }) => gap));
    expect(aa / i).toBeGreaterThanOrEqual(1.6);
  });

  test("U is at least 4 mm narrower than I", () => {
    const u = mean(middles(["uː", "u"]).map(({ width }) => width));
    const i = mean(middles(["ɪ", "iː", "i"]).map(({ width }) => width));
    expect(i - u).toBeGreaterThanOrEqual(0.4);
  });

  test("lips move about as fast as a human speaker's: gap speed p95 within 30 % of 13.3 cm/s", () => {
    const speeds = recorded.sentences.flatMap((sentence) => {
      const frames = shown(sentence).filter(({ at }) => at > 0 && at < sentence.duration);
      return frames.slice(1).map(({ gap }, index) => Math.abs(gap - (frames[index]?.gap ?? gap)) * 60);
    });
    const p95 = speeds.sort((a, b) => a - b)[Math.floor(speeds.length * 0.95)] ?? 0;
    expect(p95).toBeGreaterThan(13.3 * 0.7);
    expect(p95).toBeLessThan(13.3 * 1.3);
  });

  test("silence before and after a sentence leaves the mouth at rest", () => {
    for (const sentence of recorded.sentences) {
      const silent = shown(sentence).filter(({ at }) => at < -350 || at > sentence.duration + 300);
      expect(silent.length).toBeGreaterThan(10);
      for (const { curves } of silent) expect(curves[CURVE.jawOpen]).toBeLessThan(0.02);
    }
  });
});
