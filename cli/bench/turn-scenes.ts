import type { HeadlessEvent } from "../../bridge/engines/headless-events.ts";
import { BunrakuError } from "../../bridge/core/errors.ts";
import { fromMillis, fromSeconds, type Micros } from "../../bridge/core/time.ts";
import type { Kit } from "../kit.ts";
import type { Clip } from "./clips.ts";
import type { EngineChild } from "./engine-child.ts";

/** One answered question. Times are ms from the annotated end of the user's speech. */
export interface Reply {
  readonly firstAudibleMs: number;
  /** Where the time went; they add up to the whole. */
  readonly stages: Readonly<Record<string, number>>;
  /** Everything but hangover, model time, declared lead and the engine's callback. */
  readonly oursMs: number;
}

export interface Asked {
  /** Undefined where nothing was answered. */
  readonly reply: Reply | undefined;
  readonly transcript: string;
  /** Turns that were decided while the user still spoke. */
  readonly falseEndpoints: number;
}

/** A line that takes about half a minute: something to interrupt. */
const LONG_LINE =
  "In bunraku theatre three puppeteers move one puppet, and a chanter gives it a voice. The first moves the head and the right hand. " +
  "The second moves the left hand, and the third moves the feet. They have learned for ten years to share one breath and one beat. " +
  "The chanter speaks every part, the old man and the young girl, the warrior and the merchant, and the shamisen answers each of them. " +
  "Nobody leads and nobody follows; the art is that all of them know, at every moment, what time it is.";

const bodyOf = (event: HeadlessEvent): Readonly<Record<string, unknown>> =>
  event.kind === "event" ? event.body : {};

/** Waits until the puppet has been idle for a moment. */
export const untilQuiet = async (engine: EngineChild, kit: Kit): Promise<void> => {
  const { clock, stop } = kit;
  let state = "idle";
  engine.watch((event) => {
    const body = bodyOf(event);
    if (body["kind"] === "state") state = String(body["state"]);
  });
  let calm = clock.now();
  const deadline = clock.now() + fromSeconds(40);
  while (clock.now() - calm < fromMillis(700)) {
    await clock.sleepUntil((clock.now() + fromMillis(50)) as Micros, stop);
    if (state !== "idle") calm = clock.now();
    if (clock.now() > deadline) throw new BunrakuError("unreachable", "the puppet never comes to rest");
  }
  engine.forget();
};

/** Speaks `clip` to an idle puppet and waits for its first sound; then stops it. */
export const askAloud = async (engine: EngineChild, clip: Clip, kit: Kit): Promise<Asked> => {
  engine.tell({ command: "play", path: clip.path });
  let start = Number.NaN;
  let transcript = "";
  let decided = 0;
  let placed: Readonly<Record<string, number>> = {};
  let turn: number | undefined;
  let audible: { turn: number; at: number } | undefined;
  const endOf = (): number => start + clip.endOfSpeechMs * 1e6;
  const found = engine.next(
    (event) => {
      const body = bodyOf(event);
      if (event.kind === "voice-started") start = event.at;
      if (body["kind"] === "user" && body["final"] === true) {
        transcript = String(body["text"]);
        decided++;
      }
      if (body["kind"] === "latency") {
        turn = Number(body["turn"]);
        placed = body["stages"] as Readonly<Record<string, number>>;
      }
      if (event.kind === "audible") audible = event;
      // An answer that sounds before the user has finished belongs to a false endpoint: the next one counts.
      return audible !== undefined && audible.turn === turn && audible.at > endOf() ? audible.at : undefined;
    },
    kit.stop,
    fromMillis(clip.endOfSpeechMs + 6_000),
  );
  const at = await found.catch((error: unknown) => {
    if (kit.stop.aborted) throw error;
    return undefined;
  });
  engine.tell({ command: "interrupt" });
  await untilQuiet(engine, kit);
  const falseEndpoints = Math.max(0, decided - 1);
  if (at === undefined) return { reply: undefined, transcript, falseEndpoints };
  return { reply: replyOf((at - endOf()) / 1e6, placed), transcript, falseEndpoints };
};

/** The daemon's stages, which end at the pts of the first sound, and what the engine added. */
const replyOf = (firstAudibleMs: number, stages: Readonly<Record<string, number>>): Reply => {
  const ms = (name: string): number => stages[name] ?? 0;
  // The daemon measures from where it believes the speech ended; hangover takes up the difference to the annotation.
  const own = ms("asr") + ms("llm") + ms("clause") + ms("voice") + ms("playout");
  const callback = Math.max(0, ms("callback"));
  const hangover = firstAudibleMs - own - callback;
  return {
    firstAudibleMs,
    stages: {
      hangover,
      asr: ms("asr"),
      llm: ms("llm"),
      clause: ms("clause"),
      tts: ms("voice"),
      lead: ms("playout"),
      callback,
    },
    oursMs: ms("clause"),
  };
};

/** Interrupts a long line with `clip`: ms from the annotated onset to the last sample above -40 dB. */
export const interruptAloud = async (
  engine: EngineChild,
  clip: Clip,
  kit: Kit,
): Promise<number | undefined> => {
  const { clock, stop } = kit;
  engine.tell({ command: "say", text: LONG_LINE });
  await engine.next((event) => (event.kind === "audible" ? event : undefined), stop);
  await clock.sleepUntil((clock.now() + fromMillis(1_500)) as Micros, stop);
  engine.forget();
  engine.tell({ command: "play", path: clip.path });
  let start = Number.NaN;
  const silent = engine.next(
    (event) => {
      if (event.kind === "voice-started") start = event.at;
      return event.kind === "silent" ? event.at : undefined;
    },
    stop,
    fromMillis(clip.endOfSpeechMs + 3_000),
  );
  const at = await silent.catch((error: unknown) => {
    if (stop.aborted) throw error;
    return undefined;
  });
  engine.tell({ command: "hush" });
  engine.tell({ command: "interrupt" });
  await untilQuiet(engine, kit);
  return at === undefined ? undefined : (at - start) / 1e6 - clip.startOfSpeechMs;
};

/** Talks while a room makes noise; how often it was stopped by it. */
export const sayOverNoise = async (
  engine: EngineChild,
  noise: { path: string; seconds: number },
  kit: Kit,
): Promise<number> => {
  const { clock, stop } = kit;
  let stops = 0;
  const until = clock.now() + fromSeconds(noise.seconds);
  engine.watch((event) => {
    if (event.kind === "flushed" && clock.now() < until) {
      stops++;
      engine.tell({ command: "say", text: LONG_LINE });
    }
  });
  engine.tell({ command: "say", text: LONG_LINE });
  engine.tell({ command: "play", path: noise.path });
  await clock.sleepUntil(until as Micros, stop);
  engine.tell({ command: "hush" });
  engine.tell({ command: "interrupt" });
  await untilQuiet(engine, kit);
  return stops;
};
