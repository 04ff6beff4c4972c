import type { Engine, HeardReport } from "../core/engine.ts";
import { asBunrakuError, isAbort } from "../core/errors.ts";
import {
  AUDIO_RATE,
  type AnimationFrame,
  type AudioChunk,
  type PuppetId,
  type TurnId,
} from "../core/frames.ts";
import type { Log } from "../core/log.ts";
import type { StatusReport } from "../core/status.ts";
import { fromMillis, micros, plus, toSamples, type Clock, type Micros } from "../core/time.ts";
import { DeviceClock, type OpenSoundDevice, type SoundDevice } from "./sound-device.ts";
import { SpeakerPuppet, type DeviceNow, type SpeakerReport } from "./speaker-puppet.ts";
import type { SpeakerOptions } from "./speaker.options.ts";

/** Time between two looks at the device. */
const TICK = fromMillis(5);
const PLAYING_STEP = fromMillis(100);
/** Samples beyond the device's buffer that it may already have taken: 5 ms. */
const GUARD = 240;
/** No buffer is longer, samples. */
const MAX_STEP = 4_096;
/** A device whose position stands this long has stopped. */
const STOPPED = fromMillis(500);

/**
 * The playout delay that a speaker needs: from placing a turn's first sound to hearing it, cards of up to 60 ms and
 * what the options add included. With less, sound would start late, and a face on Live Link would not wait for it.
 */
export const speakerDelay = ({ latencyMs }: SpeakerOptions): Micros =>
  fromMillis(90 + Math.max(0, latencyMs));

export interface SpeakerListener {
  heard(engine: Engine, report: HeardReport): void;
  /** The device runs now, or no more. */
  audibleChanged(engine: Engine): void;
}

/** The daemon's own sound card: the voice of puppets that are rendered where no sound is, such as stock Unreal. */
export class SpeakerEngine implements Engine {
  readonly name = "speaker";
  readonly #options: SpeakerOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listener: SpeakerListener;
  readonly #openDevice: OpenSoundDevice;
  readonly #puppets = new Map<PuppetId, SpeakerPuppet>();
  readonly #described = new Set<PuppetId>();
  readonly #deviceClock = new DeviceClock(AUDIO_RATE);
  #device: SoundDevice | undefined;
  #failure: string | undefined;
  #moved = { at: 0 as Micros, position: -1 };
  #running = false;
  #closed = false;
  #progressAt = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** The device's buffer, samples: what it takes at once cannot be changed after. */
  #step = 0;

  constructor(
    options: SpeakerOptions & {
      clock: Clock;
      log: Log;
      listener: SpeakerListener;
      open: OpenSoundDevice;
    },
  ) {
    const { clock, log, listener, open, ...rest } = options;
    this.#options = rest;
    this.#clock = clock;
    this.#log = log;
    this.#listener = listener;
    this.#openDevice = open;
  }

  /** Opens the sound card and plays until the signal is aborted. Without a card it says so in its status and ends. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      this.#device = await this.#openDevice({ device: this.#options.device });
    } catch (error) {
      const { fault, message } = asBunrakuError(error, "device");
      this.#failure = message;
      this.#log.warn("the speaker is silent", { fault, reason: message });
      return;
    }
    if (this.#closed || signal.aborted) return this.close();
    for (const puppet of this.#described) this.#puppets.set(puppet, new SpeakerPuppet(this.#device));
    this.#moved = { at: this.#clock.now(), position: -1 };
    try {
      while (!signal.aborted && !this.#closed) {
        this.tick();
        await this.#clock.sleepUntil(plus(this.#clock.now(), TICK), signal);
      }
    } catch (error) {
      if (!isAbort(error, signal)) throw error;
    } finally {
      await this.close();
    }
  }

  /** One look at the device: hands over what is due and tells what was heard. */
  tick(): void {
    const device = this.#device;
    if (device === undefined) return;
    const position = this.#look(device);
    if (!this.#running) return;
    const now = this.#clock.now();
    const heard = position - toSamples(this.#latency(device), AUDIO_RATE);
    const progress = now >= this.#progressAt;
    if (progress) this.#progressAt = plus(now, PLAYING_STEP);
    for (const [puppet, voice] of this.#puppets) {
      voice.pump(this.#nowAt(position));
      const reports = voice.takeReports(heard);
      const playing = progress && reports.length === 0 ? voice.progress(heard) : undefined;
      for (const report of playing === undefined ? reports : [playing])
        this.#listener.heard(this, reportOf(puppet, report));
    }
  }

  /** True while the device runs. */
  audible(): boolean {
    return this.#running && !this.#closed;
  }

  describe({ puppet }: { puppet: PuppetId }): void {
    if (this.#described.has(puppet)) return;
    this.#described.add(puppet);
    if (this.#device !== undefined) this.#puppets.set(puppet, new SpeakerPuppet(this.#device));
  }

  send(item: AnimationFrame | AudioChunk): void {
    if (item.kind === "audio") this.#puppets.get(item.puppet)?.write(item);
  }

  finish(puppet: PuppetId, turn: TurnId, pts: Micros): void {
    this.#puppets.get(puppet)?.finish(turn, pts);
  }

  flush(puppet: PuppetId, turn: TurnId): Promise<HeardReport> {
    const voice = this.#puppets.get(puppet);
    const device = this.#device;
    if (voice === undefined || device === undefined || !this.audible())
      return Promise.resolve({ puppet, turn, state: "flushed", upTo: 0 as Micros });
    return new Promise((resolve) => {
      const now = this.#nowAt(this.#look(device));
      voice.flush(turn, now, (report) => resolve(reportOf(puppet, report)));
    });
  }

  status(): StatusReport {
    const { name } = this;
    if (this.#closed) return { name, status: "stopped", detail: "" };
    if (this.#failure !== undefined) return { name, status: "degraded", detail: this.#failure };
    const stopped = this.#clock.now() - this.#moved.at >= STOPPED;
    if (this.#device === undefined || (!this.#running && !stopped))
      return { name, status: "starting", detail: "" };
    if (!this.#running)
      return { name, status: "degraded", detail: `the sound card ${this.#device.name} has stopped` };
    return { name, status: "ready", detail: `${this.#device.name}${missing(this.underruns)}` };
  }

  /** Times that sound was missing, of all puppets. */
  get underruns(): number {
    return [...this.#puppets.values()].reduce((sum, voice) => sum + voice.underruns, 0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#running = false;
    const device = this.#device;
    this.#device = undefined;
    // Whoever waits for a flush is answered: nothing sounds any more.
    for (const voice of this.#puppets.values()) voice.takeReports(Number.POSITIVE_INFINITY);
    await device?.close();
  }

  readonly #ptsOf = (index: number): number =>
    this.#deviceClock.timeOf(index) + (this.#device === undefined ? 0 : this.#latency(this.#device));

  #nowAt(position: number): DeviceNow {
    return { position, guard: GUARD + this.#step, ptsOf: this.#ptsOf };
  }

  #latency(device: SoundDevice): Micros {
    return micros(device.latency() + fromMillis(this.#options.latencyMs));
  }

  /** Reads the device's position and with it whether it runs. */
  #look(device: SoundDevice): number {
    const now = this.#clock.now();
    const position = device.position();
    this.#deviceClock.observe(now, position);
    // Read often, the position shows the device's buffer as its step; read late, it shows how late we are.
    if (now - this.#lookedAt < 2 * TICK)
      this.#step = Math.min(MAX_STEP, Math.max(this.#step, position - this.#moved.position));
    this.#lookedAt = now;
    if (position > this.#moved.position) this.#moved = { at: now, position };
    const running = position > 0 && now - this.#moved.at < STOPPED;
    if (running !== this.#running) {
      this.#running = running;
      this.#listener.audibleChanged(this);
    }
    return position;
  }
}

const reportOf = (puppet: PuppetId, { turn, state, upTo }: SpeakerReport): HeardReport => ({
  puppet,
  turn: turn as TurnId,
  state,
  upTo: micros(upTo),
});

const missing = (underruns: number): string =>
  underruns === 0 ? "" : `, sound was missing ${underruns} time${underruns === 1 ? "" : "s"}`;
