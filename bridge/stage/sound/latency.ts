import { pageTime } from "../page-clock.ts";

/** Output timestamps are kept this many at a time; their median is free of the jitter of one. */
const KEPT = 21;
/** A measurement this far from the median means that the output was paused: what was known is void, µs. */
const PAUSED = 50_000;

/** When a frame of an audio context is heard: frame 0 is at `origin` on the page's clock, µs. */
export class OutputClock {
  readonly #context: AudioContext;
  readonly #origins: number[] = [];
  #origin = 0;

  constructor(context: AudioContext) {
    this.#context = context;
  }

  /** Measures once more; call it about ten times a second. */
  measure(now: number): void {
    const measured = this.#measured(now);
    if (Math.abs(measured - this.#origin) > PAUSED) this.#origins.length = 0;
    this.#origins.push(measured);
    if (this.#origins.length > KEPT) this.#origins.shift();
    const sorted = this.#origins.toSorted((a, b) => a - b);
    this.#origin = sorted[sorted.length >> 1] ?? 0;
  }

  /** Page time, µs, at which `frame` reaches the ear. */
  heardAt(frame: number): number {
    return this.#origin + (frame / this.#context.sampleRate) * 1_000_000;
  }

  /** The frame, fractional, that reaches the ear at a page time. */
  frameAt(now: number): number {
    return ((now - this.#origin) / 1_000_000) * this.#context.sampleRate;
  }

  /** Mixer to ear, µs. */
  get latency(): number {
    const { baseLatency, outputLatency } = this.#context;
    return Math.round((outputLatency || baseLatency || 0) * 1_000_000);
  }

  #measured(now: number): number {
    const { contextTime = 0, performanceTime = 0 } = this.#context.getOutputTimestamp();
    if (contextTime > 0 && performanceTime > 0) return pageTime(performanceTime) - contextTime * 1_000_000;
    return now - this.#context.currentTime * 1_000_000 + this.latency;
  }
}
