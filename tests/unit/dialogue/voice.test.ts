import { describe, expect, test } from "vitest";
import { BunrakuError } from "../../../bridge/core/errors.ts";
import type { Lang, SpeechChunk, TurnId } from "../../../bridge/core/frames.ts";
import { createLog, type Log } from "../../../bridge/core/log.ts";
import { fromMillis, fromSamples, fromSeconds, VirtualClock } from "../../../bridge/core/time.ts";
import type { Tts, TtsPiece } from "../../../inference/dialogue/provider.ts";
import { Voice } from "../../../inference/dialogue/voice.ts";

const TURN = 7 as TurnId;
const never = new AbortController().signal;
const RATE = 24_000;

/** A voice of 100 ms a letter group that tells what it was asked; it fails, or waits, where told. */
class Fake implements Tts {
  readonly asked: string[] = [];
  readonly langs: Lang[] = [];
  readonly #act: (text: string) => Promise<void> | void;
  readonly #pieces: number;

  constructor(act: (text: string) => Promise<void> | void = () => undefined, pieces = 1) {
    this.#act = act;
    this.#pieces = pieces;
  }

  async *speak(text: string, { lang }: { lang: Lang }): AsyncGenerator<TtsPiece, void, undefined> {
    this.asked.push(text.trim());
    this.langs.push(lang);
    for (let piece = 0; piece < this.#pieces; piece++) {
      const phonemes = piece === 0 ? [{ symbol: "a", start: fromMillis(10), end: fromMillis(90) }] : [];
      yield { sampleRate: RATE, pcm: new Float32Array(RATE / 10).fill(0.5), phonemes };
      await this.#act(text);
    }
  }

  status = () => ({ name: "fake", status: "ready" as const, detail: "" });
  close = () => Promise.resolve();
}

const failing = (fault: "auth" | "unreachable"): Tts => ({
  // oxlint-disable-next-line require-yield -- it fails before its first piece
  async *speak(): AsyncGenerator<TtsPiece, void, undefined> {
    throw new BunrakuError(fault, "no voice today");
  },
  status: () => ({ name: "failing", status: "degraded", detail: "" }),
  close: () => Promise.resolve(),
});

const notes = (): { log: Log; lines: string[] } => {
  const lines: string[] = [];
  return { log: createLog({ level: "debug", write: (line) => lines.push(line) }), lines };
};

async function* from(...pieces: string[]): AsyncGenerator<string> {
  yield* pieces;
}

const collect = async (source: AsyncIterable<SpeechChunk>): Promise<SpeechChunk[]> => {
  const chunks: SpeechChunk[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return chunks;
};

describe("a voice", () => {
  test("speaks clauses in order, offsets run on, with a pause that its mark asks for", async () => {
    const tts = new Fake(undefined, 2);
    const voice = new Voice({ tts, clock: new VirtualClock(), log: notes().log });
    const chunks = await collect(
      voice.speak(TURN, from("Hello, my name is Bun", "raku. 你好，我是文乐。"), {
        lang: "en",
        signal: never,
      }),
    );
    const seen = chunks.map(({ clause, offset, text, lang }) => [clause, offset / 1_000, text, lang]);
    expect(seen).toEqual([
      [0, 0, "Hello, ", "en"],
      [0, 100, "", "en"],
      [1, 350, "my name is Bunraku. ", "en"],
      [1, 450, "", "en"],
      [2, 850, "你好，我是文乐。", "zh"],
      [2, 950, "", "zh"],
    ]);
    expect(chunks.map((chunk) => chunk.turn)).toEqual(Array.from({ length: 6 }, () => TURN));
    expect(chunks[2]?.phonemes).toEqual([{ symbol: "a", start: fromMillis(360), end: fromMillis(440) }]);
  });

  test("the silence a provider leaves at its end counts towards the pause", async () => {
    const quiet: Tts = {
      async *speak() {
        const pcm = new Float32Array(RATE / 5).fill(0.5, 0, RATE / 10);
        yield { sampleRate: RATE, pcm, phonemes: undefined };
      },
      status: () => ({ name: "quiet", status: "ready", detail: "" }),
      close: () => Promise.resolve(),
    };
    const voice = new Voice({ tts: quiet, clock: new VirtualClock(), log: notes().log });
    const [, second] = await collect(voice.speak(TURN, from("Yes. "), { lang: "en", signal: never })).then(
      async () => collect(voice.speak(TURN, from("Yes. That is right."), { lang: "en", signal: never })),
    );
    expect(second?.offset).toBe(fromMillis(100 + 300));
  });

  test("never speaks or shows tags, stage directions and Markdown", async () => {
    const tts = new Fake();
    const voice = new Voice({ tts, clock: new VirtualClock(), log: notes().log });
    const text = from("[smi", "le] **Hello** there", ", *laughs softly* I am glad. （微笑）", " 😀");
    const chunks = await collect(voice.speak(TURN, text, { lang: "en", signal: never }));
    expect(chunks.map((chunk) => chunk.text).join("")).toBe("Hello there, I am glad. ");
    expect(tts.asked).toEqual(["Hello there,", "I am glad."]);
  });

  test("makes the next clause while one is heard, and no more than two ahead", async () => {
    const tts = new Fake();
    const voice = new Voice({ tts, clock: new VirtualClock(), log: notes().log });
    const long = Array.from({ length: 20 }, (_, at) => `This is sentence number ${at}. `);
    const speech = voice.speak(TURN, from(...long), { lang: "en", signal: never });
    await speech.next();
    await new VirtualClock().advance(fromSeconds(1));
    expect(tts.asked.length).toBeGreaterThanOrEqual(2);
    expect(tts.asked.length).toBeLessThanOrEqual(3);
    await speech.return();
    await new VirtualClock().advance(fromSeconds(1));
    expect(tts.asked.length).toBeLessThanOrEqual(3);
  });

  test("a clause whose provider fails is spoken by the fallback, which is kept until the provider has rested", async () => {
    const clock = new VirtualClock();
    const { log, lines } = notes();
    let asked = 0;
    const broken: Tts = {
      ...failing("unreachable"),
      speak: (...line) => (asked++, failing("unreachable").speak(...line)),
    };
    const fallback = new Fake();
    const voice = new Voice({ tts: broken, fallback, clock, log });
    const said = await collect(
      voice.speak(TURN, from("One is here. Two is there."), { lang: "en", signal: never }),
    );
    expect(said.map((chunk) => chunk.text.trim())).toEqual(["One is here.", "Two is there."]);
    expect(asked).toBe(1);
    await clock.advance(fromSeconds(31));
    await collect(voice.speak(TURN, from("Three."), { lang: "en", signal: never }));
    expect(asked).toBe(2);
    expect(lines.join("\n")).not.toMatch(/One is here|Two is there/);
  });

  test("a clause nobody can speak is reported and left out, and the turn goes on", async () => {
    const { log, lines } = notes();
    const good = new Fake((text) => {
      if (text.includes("Two")) throw new Error("cut");
    });
    const picky: Tts = {
      status: good.status,
      close: good.close,
      speak: (text, options) => (text.includes("Two") ? failing("auth") : good).speak(text, options),
    };
    const voice = new Voice({ tts: picky, clock: new VirtualClock(), log });
    const said = await collect(
      voice.speak(TURN, from("One is here. Two is over there. Three is gone now."), {
        lang: "en",
        signal: never,
      }),
    );
    expect(said.map((chunk) => [chunk.clause, chunk.text.trim(), chunk.offset])).toEqual([
      [0, "One is here.", 0],
      [2, "Three is gone now.", fromMillis(400)],
    ]);
    expect(lines.filter((line) => line.includes("clause skipped"))).toHaveLength(1);
  });

  test("a clause that breaks off after its first piece is cut short, not begun again", async () => {
    const { log, lines } = notes();
    const cutting = new Fake(() => {
      throw new BunrakuError("unreachable", "broke off");
    }, 2);
    const fallback = new Fake();
    const voice = new Voice({ tts: cutting, fallback, clock: new VirtualClock(), log });
    const said = await collect(voice.speak(TURN, from("One is here."), { lang: "en", signal: never }));
    expect(said).toHaveLength(1);
    expect(fallback.asked).toEqual([]);
    expect(lines.join()).toContain("clause cut short");
  });

  test("an abort settles a turn whose text never comes, and one whose provider never answers", async () => {
    async function* silent(): AsyncGenerator<string> {
      yield "Hello. ";
      await new Promise(() => undefined);
    }
    for (const tts of [new Fake(), new Fake(() => new Promise(() => undefined))]) {
      const turn = new AbortController();
      const voice = new Voice({ tts, clock: new VirtualClock(), log: notes().log });
      const run = collect(voice.speak(TURN, silent(), { lang: "en", signal: turn.signal }));
      setImmediate(() => turn.abort(new Error("barge-in")));
      await expect(run).rejects.toThrow("barge-in");
    }
  });

  test("an error of the text is thrown after the clauses before it", async () => {
    async function* broken(): AsyncGenerator<string> {
      yield "All is well. And th";
      throw new BunrakuError("unreachable", "the model died");
    }
    const voice = new Voice({ tts: new Fake(), clock: new VirtualClock(), log: notes().log });
    const seen: string[] = [];
    const run = async (): Promise<void> => {
      for await (const chunk of voice.speak(TURN, broken(), { lang: "en", signal: never }))
        seen.push(chunk.text);
    };
    await expect(run()).rejects.toThrow("the model died");
    expect(seen).toEqual(["All is well. "]);
  });

  test("offsets of a long turn do not drift from its samples", async () => {
    const tts: Tts = {
      async *speak() {
        for (let at = 0; at < 50; at++)
          yield { sampleRate: 22_050, pcm: new Float32Array(331).fill(0.5), phonemes: undefined };
      },
      status: () => ({ name: "odd", status: "ready", detail: "" }),
      close: () => Promise.resolve(),
    };
    const voice = new Voice({ tts, clock: new VirtualClock(), log: notes().log });
    const chunks = await collect(voice.speak(TURN, from("One long clause."), { lang: "en", signal: never }));
    chunks.forEach((chunk, at) => expect(chunk.offset).toBe(fromSamples(331 * at, 22_050)));
  });
});
