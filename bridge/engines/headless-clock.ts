import { fromMillis, type Micros, type SystemClock } from "../core/time.ts";

/** A clock that runs wrong on purpose: µs of its own, against the platform's. */
export class DriftingClock {
  readonly #base: SystemClock;
  readonly #offset: Micros;
  readonly #rate: number;
  readonly #start: number;

  /** `drift` in ppm; `offsetMs` is what it shows now. */
  constructor(options: { base: SystemClock; drift: number; offsetMs: number }) {
    this.#base = options.base;
    this.#offset = fromMillis(options.offsetMs);
    this.#rate = 1 + options.drift * 1e-6;
    this.#start = options.base.now();
  }

  /** Its time now, whole µs. */
  now(): Micros {
    return Math.round(this.at(this.#base.now())) as Micros;
  }

  /** Its time at a time of the base clock, fractional µs. */
  at(base: number): number {
    return this.#offset + (base - this.#start) * this.#rate;
  }

  /** The base clock's time at a time of this clock, fractional µs. */
  toBase(time: number): number {
    return this.#start + (time - this.#offset) / this.#rate;
  }

  /** Platform time (`process.hrtime`) in ns at a time of this clock: the same for every process of a machine. */
  toPlatform(time: number): number {
    return Number(this.#base.origin) + Math.round(this.toBase(time) * 1_000);
  }
}
