import type { Engine, HeardReport } from "../core/engine.ts";
import {
  FRAME_RATE,
  type AnimationFrame,
  type AudioChunk,
  type Heard,
  type PuppetId,
  type SpeechChunk,
  type TurnId,
} from "../core/frames.ts";
import { isAbort } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Metrics } from "../core/metrics.ts";
import { orAbort } from "../core/stage.ts";
import { fromMillis, fromSamples, type Clock, type Micros } from "../core/time.ts";
import { Anchor } from "./anchor.ts";
import { Lines } from "./lines.ts";
import { SpeechSound } from "./speech-sound.ts";

/** Where poses come from: the mixed animation of one puppet, for any pts a little ahead of now. */
export interface PoseSource {
  frame(pts: Micros): AnimationFrame;
}

export interface PlayoutOptions {
  readonly puppet: PuppetId;
  readonly clock: Clock;
  readonly poses: PoseSource;
  readonly log: Log;
  readonly metrics: Metrics;
  /** From the first sound of a turn to hearing it: what engines need to be ready. */
  readonly delay: Micros;
}

/** How far ahead of their pts sound and poses are sent. Sound runs further ahead: a gap in it is heard. */
const SOUND_LEAD = fromMillis(500);
const POSE_LEAD = fromMillis(300);
/** Sound that waits here before `play` makes the voice wait: about one clause beyond what is on the way. */
const MAX_WAITING = fromMillis(3_000);
/** Time between two looks at the queue. Well under the leads, so a late timer costs nothing. */
const TICK = fromMillis(8);
/** Longest we wait for an engine to confirm a flush, and beyond a turn's end for its report. */
const FLUSH_WAIT = fromMillis(500);
const END_WAIT = fromMillis(1_500);
/** Mouths move before the sound: poses this long before a turn's first sound are made again. */
const ANTICIPATION = fromMillis(150);

interface OpenTurn {
  readonly turn: TurnId;
  started: boolean;
  finished: boolean;
  ended: ((heard: Heard) => void) | undefined;
  upTo: Micros;
}

/** Hands out one puppet's sound and poses at their time, to every engine it has. Knows what was heard. */
export class Playout {
  readonly #options: PlayoutOptions;
  readonly #anchor: Anchor;
  readonly #lines = new Lines();
  readonly #sound = new SpeechSound();
  readonly #engines = new Set<Engine>();
  readonly #open = new Map<TurnId, OpenTurn>();
  #nextFrame = 0;
  #flushed = 0;
  #roomWaiters: (() => void)[] = [];

  constructor(options: PlayoutOptions) {
    this.#options = options;
    this.#anchor = new Anchor({ delay: options.delay });
  }

  /** Sends to `engine` from now on: the poses that others already have, too. */
  addEngine(engine: Engine): void {
    this.#engines.add(engine);
    this.#rewind(this.#options.clock.now());
  }

  removeEngine(engine: Engine): void {
    this.#engines.delete(engine);
  }

  /** Runs until the signal is aborted: the one loop that sends. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    try {
      while (!signal.aborted) {
        this.tick();
        await clock.sleepUntil((clock.now() + TICK) as Micros, signal);
      }
    } catch (error) {
      if (!isAbort(error, signal)) throw error;
    }
  }

  /** Sends what is due to be sent now. */
  tick(): void {
    const now = this.#options.clock.now();
    this.#sendSound(now);
    this.#sendPoses(now);
    this.#endOverdue(now);
  }

  /** Places a chunk on the timeline; returns the pts of its start, or undefined for a flushed turn. */
  place(chunk: SpeechChunk): Micros | undefined {
    if (chunk.turn <= this.#flushed) return undefined;
    const { clock } = this.#options;
    const length = fromSamples(chunk.pcm.length, chunk.sampleRate);
    this.#openTurn(chunk.turn);
    const pts = this.#anchor.place(chunk.turn, { offset: chunk.offset, length }, clock.now());
    this.#lines.add(chunk.turn, { text: chunk.text, offset: chunk.offset, length });
    this.#sound.add(chunk, pts);
    this.#rewind((pts - ANTICIPATION) as Micros);
    return pts;
  }

  /** Resolves when another chunk may be placed: the voice waits here instead of piling up sound. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#sound.waiting > MAX_WAITING)
      await orAbort(new Promise<void>((resolve) => this.#roomWaiters.push(resolve)), signal);
  }

  /** The turn has no more sound. Resolves with what was heard once its end was heard or it was flushed. */
  finish(turn: TurnId, signal: AbortSignal): Promise<Heard> {
    if (turn <= this.#flushed || this.#anchor.begin(turn) === undefined) {
      this.#open.delete(turn);
      return Promise.resolve(this.#heard(turn, 0 as Micros));
    }
    this.#sound.end(turn);
    const open = this.#openTurn(turn);
    open.finished = true;
    this.tick();
    return orAbort(new Promise<Heard>((resolve) => (open.ended = resolve)), signal);
  }

  /** Pts of the turn's first sound, once placed. */
  begins(turn: TurnId): Micros | undefined {
    return this.#anchor.begin(turn);
  }

  /** True once the first sound of the turn has been presented. */
  audible(turn: TurnId): boolean {
    const begin = this.#anchor.begin(turn);
    if (begin === undefined) return false;
    const lead = this.#lead();
    if (lead === undefined) return this.#options.clock.now() >= begin;
    return this.#open.get(turn)?.started ?? true;
  }

  /** Offset in the turn up to which it has been heard, as far as the engines have said; undefined before its first sound. */
  heardUpTo(turn: TurnId): Micros | undefined {
    if (!this.audible(turn)) return undefined;
    const upTo = this.#lead() === undefined ? this.#options.clock.now() : this.#open.get(turn)?.upTo;
    return upTo === undefined ? undefined : this.#anchor.offsetAt(turn, upTo);
  }

  /** Stops the turn everywhere; never longer than its own deadline. */
  async flush(turn: TurnId): Promise<Heard> {
    const { clock, puppet, log } = this.#options;
    const now = clock.now();
    this.#flushed = Math.max(this.#flushed, turn);
    this.#sound.drop(turn);
    this.#wakeRoom();
    this.#rewind(now);
    const lead = this.#lead();
    const confirmations = [...this.#engines].map(async (engine) => {
      try {
        const report = await engine.flush(puppet, turn);
        if (engine === lead) this.report(engine, report);
      } catch (error) {
        log.warn("an engine did not confirm a flush", { engine: engine.name, error });
      }
    });
    // Engines have just dropped what they held of the turn: the next pose must not wait for the next look at the queue.
    this.tick();
    const deadline = new AbortController();
    await Promise.race([Promise.all(confirmations), this.#deadline(FLUSH_WAIT, deadline.signal)]);
    deadline.abort(new Error("flush confirmed"));
    const open = this.#open.get(turn);
    const upTo = lead === undefined ? now : (open?.upTo ?? now);
    return this.#close(turn, upTo);
  }

  /** An engine says how far it has played. Only the engine that leads is believed. */
  report(engine: Engine, report: HeardReport): void {
    const open = this.#open.get(report.turn);
    if (open === undefined || engine !== this.#lead()) return;
    if (report.state !== "flushed" || report.upTo > 0) open.upTo = Math.max(open.upTo, report.upTo) as Micros;
    if (report.state === "started" && !open.started) {
      open.started = true;
      const begin = this.#anchor.begin(report.turn) ?? report.upTo;
      this.#options.metrics.observe(
        "bunraku_first_sound_late_ms",
        "first sound presented after its pts",
        (report.upTo - begin) / 1_000,
      );
    }
    if (report.state === "ended") this.#close(report.turn, this.#anchor.end(report.turn) ?? report.upTo);
  }

  /** The engine whose reports decide: the first that makes sound. */
  #lead(): Engine | undefined {
    for (const engine of this.#engines) if (engine.audible()) return engine;
    return undefined;
  }

  #sendSound(now: Micros): void {
    const { puppet } = this.#options;
    for (const piece of this.#sound.take((now + SOUND_LEAD) as Micros)) {
      const sound: AudioChunk = { kind: "audio", puppet, ...piece };
      for (const engine of this.#engines) engine.send(sound);
    }
    if (this.#roomWaiters.length > 0 && this.#sound.waiting <= MAX_WAITING) this.#wakeRoom();
    for (const open of this.#open.values()) {
      const end = this.#anchor.end(open.turn);
      if (!open.finished || end === undefined || this.#sound.holds(open.turn)) continue;
      open.finished = false;
      for (const engine of this.#engines) engine.finish(puppet, open.turn, end);
    }
  }

  #sendPoses(now: Micros): void {
    const due = Math.floor(((now + POSE_LEAD) * FRAME_RATE) / 1_000_000);
    if (this.#engines.size === 0) return;
    // After a stall only what can still be presented is made.
    this.#nextFrame = Math.max(this.#nextFrame, Math.ceil((now * FRAME_RATE) / 1_000_000));
    for (; this.#nextFrame <= due; this.#nextFrame++) {
      const frame = this.#options.poses.frame(
        Math.round((this.#nextFrame * 1_000_000) / FRAME_RATE) as Micros,
      );
      for (const engine of this.#engines) engine.send(frame);
    }
  }

  /** A turn whose end nobody reports ends by the clock, so nothing waits for ever. */
  #endOverdue(now: Micros): void {
    const silent = this.#lead() === undefined;
    for (const open of this.#open.values()) {
      const end = this.#anchor.end(open.turn);
      if (open.ended === undefined || end === undefined) continue;
      if (now > end + (silent ? 0 : END_WAIT)) this.#close(open.turn, end);
    }
  }

  #close(turn: TurnId, upTo: Micros): Heard {
    const heard = this.#heard(turn, upTo);
    const open = this.#open.get(turn);
    this.#open.delete(turn);
    open?.ended?.(heard);
    return heard;
  }

  #heard(turn: TurnId, upTo: Micros): Heard {
    const offset = this.#anchor.offsetAt(turn, upTo);
    return { turn, upTo: offset, text: this.#lines.heard(turn, offset) };
  }

  #openTurn(turn: TurnId): OpenTurn {
    let open = this.#open.get(turn);
    if (open === undefined) {
      open = { turn, started: false, finished: false, ended: undefined, upTo: 0 as Micros };
      this.#open.set(turn, open);
    }
    return open;
  }

  /** Poses from `pts` on are made and sent again: the performance changed its mind. */
  #rewind(pts: Micros): void {
    const from = Math.max(pts, this.#options.clock.now());
    this.#nextFrame = Math.min(this.#nextFrame, Math.ceil((from * FRAME_RATE) / 1_000_000));
  }

  #wakeRoom(): void {
    for (const wake of this.#roomWaiters.splice(0)) wake();
  }

  async #deadline(span: Micros, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    await clock.sleepUntil((clock.now() + span) as Micros, signal).catch(() => undefined);
  }
}
