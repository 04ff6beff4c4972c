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
  /** Everything but hangover, model time and declared lead, which holds the engine's callback. */
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

/** The playout delay that the daemon declares: it holds the engine's callback, too. */
const DECLARED_LEAD = 60;

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
  const note = new Note(clip);
  engine.tell({ command: "play", path: clip.path });
  const patience = fromMillis(clip.endOfSpeechMs + 6_000);
  const answered = await engine
    .next((event) => (note.take(event) ? true : undefined), kit.stop, patience)
    .catch((error: unknown) => {
      if (kit.stop.aborted) throw error;
      return false;
    });
  engine.tell({ command: "interrupt" });
  await untilQuiet(engine, kit);
  const { transcript, falseEndpoints } = note;
  return { reply: answered ? note.reply(engine.clockOrigin) : undefined, transcript, falseEndpoints };
};

/** What is noted while a clip is spoken and answered. Platform times in ns, pts in µs, stages in ms. */
class Note {
  readonly #clip: Clip;
  #start = Number.NaN;
  #decided = 0;
  #turn = 0;
  #stages: Readonly<Record<string, number>> = {};
  /** Pts of the first sound of each turn, as placed. */
  readonly #placed = new Map<number, number>();
  #audible: { readonly turn: number; readonly at: number; readonly pts: number } | undefined;
  transcript = "";

  constructor(clip: Clip) {
    this.#clip = clip;
  }

  get falseEndpoints(): number {
    return Math.max(0, this.#decided - 1);
  }

  /** Takes an event; true once the answer to the whole clip sounds. */
  take(event: HeadlessEvent): boolean {
    const body = bodyOf(event);
    if (event.kind === "voice-started") this.#start = event.at;
    if (event.kind === "audible") this.#audible = event;
    if (body["kind"] === "user" && body["final"] === true) {
      this.transcript = String(body["text"]);
      this.#decided++;
    }
    if (body["kind"] === "subtitle" && body["clause"] === 0)
      this.#placed.set(Number(body["turn"]), Number(body["pts"]));
    if (body["kind"] === "latency") {
      this.#turn = Number(body["turn"]);
      this.#stages = body["stages"] as Readonly<Record<string, number>>;
    }
    // An answer that sounds before the user has finished belongs to a false endpoint: the next one counts.
    const heard = this.#audible;
    return heard !== undefined && heard.turn === this.#turn && heard.at > this.#end;
  }

  /**
   * Where the time went. The daemon's stages end at the pts of the first sample; the voice's own silence before its
   * first sound is the voice's; what the engine was late is ours, and so is all that the lead does not explain. The
   * rest, from the annotated end to the decision, is hangover: the detector's delay and the silence waited for.
   */
  reply(origin: number): Reply {
    const ms = (name: string): number => this.#stages[name] ?? 0;
    const heard = this.#audible;
    const placed = this.#placed.get(this.#turn);
    if (heard === undefined || placed === undefined) throw new BunrakuError("bug", "no answer was noted");
    const firstAudibleMs = (heard.at - this.#end) / 1e6;
    const silence = Math.max(0, heard.pts - placed) / 1e3;
    const late = Math.max(0, (heard.at - origin) / 1e6 - heard.pts / 1e3);
    const lead = Math.min(ms("playout"), DECLARED_LEAD);
    const oursMs = ms("clause") + (ms("playout") - lead) + late;
    const tts = ms("voice") + silence;
    const hangover = firstAudibleMs - ms("asr") - ms("llm") - tts - lead - oursMs;
    return {
      firstAudibleMs,
      stages: { hangover, asr: ms("asr"), llm: ms("llm"), tts, lead, ours: oursMs },
      oursMs,
    };
  }

  get #end(): number {
    return this.#start + this.#clip.endOfSpeechMs * 1e6;
  }
}

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
  return at === undefined ? undefined : (at - start) / 1e6 - clip.onsetMs;
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
