import { expect, test } from "vitest";
import { fromSamples } from "../../bridge/core/time.ts";
import type { Lang } from "../../bridge/core/frames.ts";
import type { Tts, TtsPiece } from "../../inference/dialogue/provider.ts";

export interface TtsUnderTest {
  /** A fresh voice. Closed by the suite. */
  readonly make: () => Promise<Tts>;
  /** A fresh voice that never answers, and what gives it back. */
  readonly makeStuck: () => Promise<{ tts: Tts; release: () => Promise<void> }>;
  readonly phonemes: boolean;
}

/** The pieces of one clause. */
export const spoken = async (tts: Tts, text: string, lang: Lang = "en"): Promise<TtsPiece[]> => {
  const pieces: TtsPiece[] = [];
  for await (const piece of tts.speak(text, { lang, signal: new AbortController().signal }))
    pieces.push(piece);
  return pieces;
};

/** Length of the pieces in seconds. */
export const secondsOf = (pieces: readonly TtsPiece[]): number =>
  pieces.reduce((sum, piece) => sum + piece.pcm.length / piece.sampleRate, 0);

/** What every voice must do; run inside a `describe`. */
export const ttsConformance = ({ make, makeStuck, phonemes }: TtsUnderTest): void => {
  const withVoice = (name: string, check: (tts: Tts) => Promise<void>): void =>
    test(name, async () => {
      const tts = await make();
      try {
        await check(tts);
      } finally {
        await tts.close();
      }
    });

  withVoice("says a sentence as finite samples between -1 and 1", async (tts) => {
    for (const [text, lang] of [
      ["Peter bought three boxes of apples.", "en"],
      ["今天天气很好，我们去公园吧。", "zh"],
    ] as const) {
      const pieces = await spoken(tts, text, lang);
      expect(secondsOf(pieces)).toBeGreaterThan(0.5);
      expect(secondsOf(pieces)).toBeLessThan(20);
      let peak = 0;
      for (const { pcm, sampleRate } of pieces) {
        expect(sampleRate).toBeGreaterThanOrEqual(8_000);
        for (const sample of pcm) peak = Math.max(peak, Number.isFinite(sample) ? Math.abs(sample) : 2);
      }
      expect(peak).toBeGreaterThan(0.05);
      expect(peak).toBeLessThanOrEqual(1);
    }
  });

  withVoice("gives its phonemes in order, inside the clause, on the first piece alone", async (tts) => {
    const pieces = await spoken(tts, "Hello Bob, this is 文乐 speaking.");
    if (!phonemes) return expect(pieces.every((piece) => piece.phonemes === undefined)).toBe(true);
    const all = pieces.map((piece) => piece.phonemes ?? []);
    const first = all[0] ?? [];
    expect(first.length).toBeGreaterThan(10);
    expect(all.slice(1).flat()).toEqual([]);
    let last = 0;
    for (const { symbol, start, end } of first) {
      expect(symbol).not.toBe("");
      expect(start).toBeGreaterThanOrEqual(last);
      expect(end).toBeGreaterThan(start);
      last = end;
    }
    const length = pieces.reduce((sum, piece) => sum + fromSamples(piece.pcm.length, piece.sampleRate), 0);
    // Each piece's length is rounded to a microsecond.
    expect(last).toBeLessThanOrEqual(length + pieces.length);
  });

  withVoice("says nothing where there is nothing to say", async (tts) => {
    for (const text of ["", "   \n", "😀🎉👩‍👩‍👧", "……！？", "[smile]", "*laughs*", "\u0000\u0007\u200b"]) {
      expect(await spoken(tts, text), JSON.stringify(text)).toEqual([]);
      expect(await spoken(tts, text, "zh"), JSON.stringify(text)).toEqual([]);
    }
  });

  withVoice("bounds a text of 10,000 characters", async (tts) => {
    const pieces = await spoken(tts, "It goes on and on. ".repeat(530));
    expect(secondsOf(pieces)).toBeGreaterThan(10);
    expect(secondsOf(pieces)).toBeLessThan(180);
  });

  withVoice("ends between pieces when the turn is aborted, and speaks the next turn", async (tts) => {
    const turn = new AbortController();
    const run = async (): Promise<void> => {
      for await (const piece of tts.speak("One long sentence that has several pieces of sound in it.", {
        lang: "en",
        signal: turn.signal,
      }))
        if (piece.pcm.length > 0) turn.abort(new Error("barge-in"));
    };
    // A clause that was already whole may simply end.
    await run().catch((error: unknown) => expect(error).toBe(turn.signal.reason));
    expect(turn.signal.aborted).toBe(true);
    expect(secondsOf(await spoken(tts, "Here I am."))).toBeGreaterThan(0.2);
  });

  withVoice("is not begun by a turn that was aborted before", async (tts) => {
    const reason = new Error("barge-in");
    const speech = tts.speak("Hello.", { lang: "en", signal: AbortSignal.abort(reason) });
    await expect(speech[Symbol.asyncIterator]().next()).rejects.toBe(reason);
  });

  test("an abort settles a clause whose maker never answers", async () => {
    const { tts, release } = await makeStuck();
    try {
      const turn = new AbortController();
      const speech = tts.speak("Hello there.", { lang: "en", signal: turn.signal });
      const next = speech[Symbol.asyncIterator]().next();
      setImmediate(() => turn.abort(new Error("barge-in")));
      await expect(next).rejects.toThrow("barge-in");
    } finally {
      await tts.close();
      await release();
    }
  });

  test("closes more than once, and says so", async () => {
    const tts = await make();
    await spoken(tts, "Hello.");
    await tts.close();
    await tts.close();
    expect(tts.status().status).toBe("stopped");
    await expect(spoken(tts, "Hello.")).rejects.toMatchObject({ name: "BunrakuError" });
  });
};

/** Levels of 50 ms windows of the pieces, in dB. */
export const levelsOf = (pieces: readonly TtsPiece[]): number[] => {
  const rate = pieces[0]?.sampleRate ?? 1;
  const pcm = pieces.flatMap((piece) => Array.from(piece.pcm));
  const size = Math.round(rate / 20);
  const levels: number[] = [];
  for (let at = 0; at + size <= pcm.length; at += size) {
    const power = pcm.slice(at, at + size).reduce((sum, sample) => sum + sample * sample, 0) / size;
    levels.push(10 * Math.log10(power + 1e-12));
  }
  return levels;
};
