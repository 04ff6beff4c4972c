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

/** Windows whose best reading counts: 2 s. A card that gains or loses 100 ppm moves 0.2 ms in that time. */
const WINDOW = 100_000;
const WINDOWS = 20;

/**
 * Device time against the daemon's. A device's position is read late, never early, so the newest upper envelope is
 * right; what a device did while it started is forgotten with its window.
 */
export class DeviceClock {
  readonly #rate: number;
  #windows: { readonly since: number; best: number }[] = [];

  /** `rate` in samples a second. */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** Takes a reading of the device's position at the daemon time `now`. */
  observe(now: Micros, position: number): void {
    const offset = (position * 1_000_000) / this.#rate - now;
    const window = this.#windows.at(-1);
    if (window !== undefined && now - window.since < WINDOW) {
      window.best = Math.max(window.best, offset);
      return;
    }
    this.#windows.push({ since: now, best: offset });
    if (this.#windows.length > WINDOWS) this.#windows.shift();
  }

  /** The daemon time, µs, at which sample `index` leaves the device. */
  timeOf(index: number): number {
    const offset = this.#windows.reduce(
      (best, window) => Math.max(best, window.best),
      Number.NEGATIVE_INFINITY,
    );
    return (index * 1_000_000) / this.#rate - (this.#windows.length === 0 ? 0 : offset);
  }
}
