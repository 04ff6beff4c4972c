import type { Micros } from "../core/time.ts";

/** A sound card as this program needs one: mono samples at `AUDIO_RATE`, each at its index on the card's own timeline. */
export interface SoundDevice {
  readonly name: string;
  /** Index of the sample that leaves now; grows while the device runs, in steps of its buffer. */
  position(): number;
  /** From leaving to the ear, as the device says, µs. */
  latency(): Micros;
  /** Sounds `pcm` from sample `at` on, mixed with what else sounds there. The returned function takes it back, unless it has begun. */
  play(pcm: Float32Array, at: number): () => void;
  close(): Promise<void>;
}

export interface SoundDeviceOptions {
  /** Part of a device's name, "none" for a device without sound, or undefined for the system's own. */
  readonly device: string | undefined;
}

/** Opens a sound card. Rejects with fault `device` and a sentence on what to do. */
export type OpenSoundDevice = (options: SoundDeviceOptions) => Promise<SoundDevice>;

/** Device time against the daemon's: a device's position is read late, never early, so its upper envelope is right. */
export class DeviceClock {
  readonly #rate: number;
  #offset: number | undefined;
  #seen = 0;

  /** `rate` in samples a second. */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** Takes a reading of the device's position at the daemon time `now`. */
  observe(now: Micros, position: number): void {
    const offset = (position * 1_000_000) / this.#rate - now;
    const kept = (this.#offset ?? offset) - (now - this.#seen) * DRIFT;
    this.#offset = Math.max(offset, kept);
    this.#seen = now;
  }

  /** The daemon time, µs, at which sample `index` leaves the device. */
  timeOf(index: number): number {
    return (index * 1_000_000) / this.#rate - (this.#offset ?? 0);
  }
}

/** A card runs at most this much slower than we: cards are within 100 ppm, and the playhead follows 500. */
const DRIFT = 300e-6;
