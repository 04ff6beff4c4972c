import { AUDIO_RATE } from "../core/frames.ts";
import { isAbort } from "../core/errors.ts";
import { fromMillis, micros, type Micros, type SystemClock } from "../core/time.ts";
import type { ClockMap } from "../sync/clock-map.ts";
import type { HeardState, Message } from "../wire/messages.ts";
import type { DriftingClock } from "./headless-clock.ts";
import { SpreadMeter, type HeadlessEvent, type HeadlessSummary } from "./headless-events.ts";
import { HeadlessPuppet } from "./headless-puppet.ts";
import type { HeadlessOptions } from "./headless.options.ts";

interface Shown {
  readonly puppet: string;
  readonly handle: number;
  readonly presented: HeadlessPuppet;
}

export interface HeadlessStageOptions {
  readonly options: HeadlessOptions;
  readonly base: SystemClock;
  readonly clock: DriftingClock;
  /** True where the base clock is the daemon's own, so that errors can be measured. */
  readonly truthful: boolean;
  readonly tell: (event: HeadlessEvent) => void;
}

/** What a headless engine presents: its puppets, its sound device and its ticks, and the measures taken of them. */
export class HeadlessStage {
  readonly #parts: HeadlessStageOptions;
  readonly #skew = new SpreadMeter();
  readonly #error = new SpreadMeter();
  #shown: Shown[] = [];
  #map: ClockMap | undefined;
  #ticks = 0;
  #began = 0;
  #dice = 0x2545f491;

  constructor(options: HeadlessStageOptions) {
    this.#parts = options;
  }

  /** Handle of the first puppet, 0 before there is one. */
  get handle(): number {
    return this.#shown[0]?.handle ?? 0;
  }

  get fps(): number {
    const span = (this.#parts.clock.now() - this.#began) / 1_000_000;
    return this.#ticks < 2 || span <= 0 ? 0 : Math.round((this.#ticks / span) * 10) / 10;
  }

  get newestSkew(): number {
    return Math.round(this.#skew.newest);
  }

  /** Clears the stage for these puppets. */
  show(puppets: readonly { readonly handle: number; readonly puppet: string }[]): void {
    this.#shown = puppets.map(({ handle, puppet }) => ({ handle, puppet, presented: new HeadlessPuppet() }));
  }

  take(message: Message & { readonly handle: number }, now: Micros): void {
    this.#find(message.handle)?.presented.take(message, now);
  }

  puppetOf(handle: number): string {
    return this.#find(handle)?.puppet ?? "";
  }

  /** From the first map that is synchronized something is presented: before it a map may step. */
  follow(message: Extract<Message, { type: "clock" }>): void {
    const known = this.#map !== undefined;
    if (!known && !message.synchronized) return;
    this.#map = message;
    const { clock, tell } = this.#parts;
    if (!known) tell({ kind: "synchronized", at: clock.toPlatform(clock.now()), boundUs: message.bound });
  }

  /** Curves that a puppet shows by its newest tick. */
  curves(puppet: string | undefined): Float32Array {
    const shown = puppet === undefined ? this.#shown[0] : this.#shown.find((s) => s.puppet === puppet);
    return shown?.presented.curves ?? new Float32Array(0);
  }

  summary(): Omit<HeadlessSummary, "lost" | "malformed"> {
    return {
      ticks: this.#ticks,
      fps: this.fps,
      poses: this.count("poses"),
      lateFrames: this.count("late"),
      underruns: this.count("underruns"),
      droppedSamples: this.count("dropped"),
      skew: this.#skew.spread(),
      error: this.#error.spread(),
    };
  }

  /** A counter, of all puppets together. */
  count(name: "poses" | "late" | "underruns" | "dropped"): number {
    return this.#shown.reduce((total, { presented }) => total + presented[name], 0);
  }

  /** Reports whose moment has been heard, with how far sounding turns are where `progress` is wanted. */
  *reports(progress: boolean): Generator<{ handle: number; turn: number; state: HeardState; upTo: Micros }> {
    const { clock, tell } = this.#parts;
    const now = clock.now();
    for (const { handle, puppet, presented } of this.#shown) {
      for (const { turn, state, upTo, heardAt } of presented.takeReports(now)) {
        tell({ kind: state, puppet, turn, pts: Math.round(upTo), at: clock.toPlatform(heardAt) });
        yield { handle, turn, state, upTo: micros(upTo) };
      }
      const sounding = progress ? presented.progress(now) : undefined;
      if (sounding !== undefined)
        yield { handle, turn: sounding.turn, state: "playing", upTo: micros(sounding.pts) };
    }
  }

  /** The sound device and the ticks, until the signal is aborted. `heard` is called after each turn of the device. */
  async run(signal: AbortSignal, heard: () => void): Promise<void> {
    await Promise.all([this.#device(signal, heard), this.#frames(signal)]);
  }

  /** The sound device: a callback a block, on a clock that drifts against ours; a late wake-up catches up. */
  async #device(signal: AbortSignal, heard: () => void): Promise<void> {
    const { clock, options } = this.#parts;
    if (!options.audible) return;
    const length = (options.block * 1_000_000) / AUDIO_RATE / (1 + options.audioDrift * 1e-6);
    const latency = fromMillis(options.latencyMs);
    const out = new Float32Array(options.block);
    let at: number = clock.now();
    await repeat(this.#parts.base, signal, () => {
      const map = this.#map;
      for (const now = clock.now(); at <= now; at += length) {
        if (map === undefined) continue;
        for (const shown of this.#shown) {
          shown.presented.sound(out, at + latency, length, map);
          this.#notice(shown);
        }
      }
      heard();
      return clock.toBase(at);
    });
  }

  /** Faces, `fps` times a second. Missed ticks are not made up: the next one shows what is due. */
  async #frames(signal: AbortSignal): Promise<void> {
    const { clock, options } = this.#parts;
    const step = 1_000_000 / options.fps;
    let next: number = clock.now();
    await repeat(this.#parts.base, signal, () => {
      const now = clock.now();
      if (this.#map !== undefined) this.#tick(now, this.#map);
      next += step * Math.max(1, Math.ceil((now - next) / step));
      return clock.toBase(next) + this.#random() * options.tickJitterMs * 1_000;
    });
  }

  #tick(now: Micros, map: ClockMap): void {
    const { clock, options, truthful } = this.#parts;
    if (this.#ticks++ === 0) this.#began = now;
    for (const { presented } of this.#shown) {
      const { heard, face, playing } = presented.tick(now, map, options.audible);
      if (!playing || face === undefined) continue;
      this.#skew.add(heard - face);
      if (truthful) this.#error.add(heard - clock.toBase(now));
    }
  }

  #notice({ puppet, presented }: Shown): void {
    const { clock, tell } = this.#parts;
    for (const seen of presented.takeNoticed()) {
      const { turn } = seen;
      const at = clock.toPlatform(seen.at);
      if (seen.kind === "audible") tell({ kind: "audible", puppet, turn, pts: Math.round(seen.pts), at });
      else tell({ kind: "silent", puppet, turn, at, afterFlushUs: Math.round(seen.afterFlush) });
    }
  }

  #find(handle: number): Shown | undefined {
    return this.#shown.find((shown) => shown.handle === handle);
  }

  /** 0 up to but not 1, the same at every start. */
  #random(): number {
    this.#dice ^= this.#dice << 13;
    this.#dice ^= this.#dice >>> 17;
    this.#dice ^= this.#dice << 5;
    return (this.#dice >>> 0) / 4_294_967_296;
  }
}

/** Runs `step` again and again until the signal is aborted; it returns the clock's time of its next turn. */
export const repeat = async (clock: SystemClock, signal: AbortSignal, step: () => number): Promise<void> => {
  try {
    while (!signal.aborted) await clock.sleepUntil(micros(step()), signal);
  } catch (error) {
    if (!isAbort(error, signal)) throw error;
  }
};
