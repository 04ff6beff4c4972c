import { describe, expect, test } from "vitest";
import { BunrakuError } from "../../../bridge/core/errors.ts";
import { silentLog } from "../../../bridge/core/log.ts";
import { fromMillis, toMillis, VirtualClock } from "../../../bridge/core/time.ts";
import { Listening } from "../../../inference/dialogue/listening.ts";
import type { UserEvent } from "../../../inference/dialogue/user-event.ts";
import { ScriptedAsr, ScriptedVoice, type ScriptedAsrOptions } from "../../support/scripted-ears.ts";

/** Ears over a script: each step is one 32 ms window, heard when it is over. */
const scene = (options: Partial<ScriptedAsrOptions> & { partials?: boolean } = {}) => {
  const clock = new VirtualClock();
  const vad = new ScriptedVoice();
  const asr = new ScriptedAsr({ clock, words: () => "Ten of clubs.", ...options });
  const ears = new Listening({
    vad,
    asr,
    clock,
    log: silentLog,
    lang: "en",
    partials: options.partials ?? true,
  });
  const heard: UserEvent[] = [];
  const stop = new AbortController();
  const done = (async () => {
    for await (const event of ears.events(stop.signal)) heard.push(event);
  })().catch(() => undefined);
  /** `ms` of sound whose every window has this probability of voice. */
  const say = async (ms: number, probability: number): Promise<void> => {
    for (let window = 0; window < Math.round(ms / 32); window++) {
      const at = clock.now();
      await clock.advance(fromMillis(32));
      ears.push(new Float32Array(512).fill(probability), at);
      await clock.advance(fromMillis(0));
    }
  };
  const end = async (): Promise<void> => {
    stop.abort(new Error("end"));
    await done;
  };
  const kinds = (): string[] => heard.map(({ kind }) => kind).filter((kind) => kind !== "partial");
  return { clock, vad, asr, ears, heard, say, end, kinds };
};

describe("a short question", () => {
  test("is a turn a quarter of a second after its voice ended, its words ready by then", async () => {
    const { heard, say, end, kinds } = scene();
    await say(320, 0);
    await say(960, 0.9);
    await say(640, 0.05);
    await end();
    expect(kinds()).toEqual(["onset", "turn"]);
    const turn = heard.find((event) => event.kind === "turn");
    expect(turn).toMatchObject({ text: "Ten of clubs.", endOfSpeech: fromMillis(1_280), asrMs: 40 });
    expect(toMillis(turn?.at ?? fromMillis(0)) - 1_280).toBe(256);
    expect(turn?.hangover).toBe(fromMillis(256));
  });

  test("gives the recogniser 300 ms from before the onset, and only those", async () => {
    const { asr, say, end } = scene();
    await say(1_920, 0);
    await say(96, 0.9);
    expect(asr.samples).toBe(300 * 16 + 3 * 512);
    await end();
  });

  test("is heard in growing partials while it is spoken", async () => {
    const { heard, say, end } = scene({ words: (ms) => `word ${Math.floor(ms / 500)}` });
    await say(2_560, 0.9);
    const partials = heard.filter((event) => event.kind === "partial").map((event) => event.text);
    expect(partials.length).toBeGreaterThan(3);
    expect(new Set(partials).size).toBe(partials.length);
    await end();
  });

  test("is transcribed only in its pauses where partials cost", async () => {
    const { asr, kinds, say, end } = scene({ partials: false });
    await say(2_560, 0.9);
    expect(asr.asked).toBe(0);
    await say(640, 0);
    expect(asr.asked).toBe(1);
    expect(kinds()).toEqual(["onset", "turn"]);
    await end();
  });
});

describe("a pause", () => {
  test("in unfinished words is waited out, and the sentence stays one turn", async () => {
    const { heard, kinds, say, end } = scene({
      words: (ms) => (ms < 1_000 ? "I would like the" : "I would like the red one."),
    });
    await say(640, 0.9);
    await say(480, 0);
    await say(640, 0.9);
    await say(640, 0);
    await end();
    expect(kinds()).toEqual(["onset", "turn"]);
    expect(heard.findLast((event) => event.kind === "turn")).toMatchObject({
      text: "I would like the red one.",
    });
  });

  test("that is too long even for them ends the turn", async () => {
    const { kinds, say, end } = scene({ words: () => "I would like the" });
    await say(640, 0.9);
    await say(960, 0);
    await end();
    expect(kinds()).toEqual(["onset", "turn"]);
  });

  test("behind a whole sentence ends the turn, and the next sentence is a new one", async () => {
    const { kinds, say, vad, end } = scene();
    await say(640, 0.9);
    await say(480, 0);
    await say(640, 0.9);
    await say(480, 0);
    await end();
    expect(kinds()).toEqual(["onset", "turn", "onset", "turn"]);
    expect(vad.settled).toBe(2);
  });

  test("waits for a slow recogniser, and no longer", async () => {
    const { heard, say, end } = scene({ takes: fromMillis(700) });
    await say(320, 0.9);
    await say(1_600, 0);
    await end();
    const turn = heard.find((event) => event.kind === "turn");
    // The pause is transcribed 64 ms in; the first window after 764 ms decides.
    expect((turn?.at ?? 0) - (turn?.endOfSpeech ?? 0)).toBe(fromMillis(764));
  });
});

describe("what is no turn", () => {
  test("a cough is an onset and then nothing", async () => {
    const { kinds, say, end } = scene({ words: () => "" });
    await say(128, 0.9);
    await say(640, 0);
    await end();
    expect(kinds()).toEqual(["onset", "nothing"]);
  });

  test("a murmur that an idle puppet attends to does not stop a speaking one", async () => {
    const { ears, kinds, say, end } = scene();
    ears.attend("speaking");
    await say(640, 0.65);
    expect(kinds()).toEqual([]);
    ears.attend("idle");
    await say(640, 0.65);
    expect(kinds()).toEqual(["onset"]);
    await end();
  });
});

describe("trouble", () => {
  test("a microphone that goes dead in the middle of a word still ends the turn", async () => {
    const { clock, kinds, say, end } = scene();
    await say(640, 0.9);
    await clock.advance(fromMillis(1_000));
    await end();
    expect(kinds()).toEqual(["onset", "turn"]);
  });

  test("a recogniser that fails is told of, the turn is let go, and the ears go on", async () => {
    const { asr, heard, kinds, say, end } = scene();
    asr.failure = new BunrakuError("unreachable", "the recogniser does not answer");
    await say(960, 0.9);
    asr.failure = undefined;
    await say(640, 0);
    await say(640, 0.9);
    await say(640, 0);
    await end();
    expect(kinds().slice(0, 3)).toEqual(["onset", "trouble", "nothing"]);
    expect(kinds().at(-1)).toBe("turn");
    expect(heard.find((event) => event.kind === "trouble")).toMatchObject({
      error: { fault: "unreachable" },
    });
    expect(asr.open).toBe(0);
  });

  test("a VAD that fails is told of", async () => {
    const { vad, clock, kinds, end } = scene();
    vad.fail(new BunrakuError("model", "the VAD failed"));
    await clock.advance(fromMillis(10));
    await end();
    expect(kinds()).toEqual(["trouble"]);
  });

  test("half a minute of speech without a pause is ended by force, and hearing goes on", async () => {
    const { kinds, say, asr, end } = scene();
    await say(33_000, 0.9);
    expect(kinds()).toEqual(["onset", "turn", "onset"]);
    await end();
    expect(asr.open).toBe(0);
  });

  test("leaving in the middle of a word aborts what is being transcribed and keeps no turn open", async () => {
    const { asr, say, end } = scene({ takes: fromMillis(5_000) });
    await say(640, 0.9);
    await end();
    expect([asr.asked, asr.aborted, asr.open]).toEqual([1, 1, 0]);
  });
});
