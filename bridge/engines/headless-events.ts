import type { HeardState } from "../wire/messages.ts";

/**
 * What a headless engine tells of itself. `at` is platform time in ns (`process.hrtime`), the same in every process of
 * the machine, at which a listener would have heard or seen it; `pts` is µs of the daemon's clock.
 */
export type HeadlessEvent =
  | { readonly kind: "welcome"; readonly session: string; readonly puppets: readonly string[] }
  /** The clock of the daemon is known; from now on something is presented. */
  | { readonly kind: "synchronized"; readonly at: number; readonly boundUs: number }
  | {
      readonly kind: HeardState;
      readonly puppet: string;
      readonly turn: number;
      readonly pts: number;
      readonly at: number;
    }
  /** The first sample of a turn above -50 dBFS. */
  | {
      readonly kind: "audible";
      readonly puppet: string;
      readonly turn: number;
      readonly pts: number;
      readonly at: number;
    }
  /** The last sample above -40 dBFS of a flushed turn, and how long after the flush had arrived it was heard, µs. */
  | {
      readonly kind: "silent";
      readonly puppet: string;
      readonly turn: number;
      readonly at: number;
      readonly afterFlushUs: number;
    }
  /** The first and one past the last sample of a wav file spoken into the daemon. */
  | { readonly kind: "voice-started"; readonly at: number }
  | { readonly kind: "voice-ended"; readonly at: number }
  | { readonly kind: "event"; readonly puppet: string; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: "summary"; readonly summary: HeadlessSummary }
  | { readonly kind: "error"; readonly message: string }
  | { readonly kind: "closed"; readonly reason: string };

/** Quantiles of a measure, µs, over its newest 100,000 values. */
export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  /** Of absolute values. */
  readonly absP99: number;
  readonly absMax: number;
}

/** Everything since the start. */
export interface HeadlessSummary {
  readonly ticks: number;
  readonly fps: number;
  readonly poses: number;
  readonly lateFrames: number;
  readonly underruns: number;
  readonly droppedSamples: number;
  readonly lost: number;
  readonly malformed: number;
  /** Audio pts heard minus face pts presented, at ticks at which a turn sounds. */
  readonly skew: Spread;
  /** Pts heard minus the daemon's true time, at ticks at which a turn sounds; only where the daemon's origin is known. */
  readonly error: Spread;
}

/** Collects a measure in a ring. */
export class SpreadMeter {
  readonly #values: number[] = [];
  #count = 0;

  add(value: number): void {
    this.#values[this.#count++ % 100_000] = value;
  }

  get newest(): number {
    return this.#values[(this.#count - 1) % 100_000] ?? 0;
  }

  spread(): Spread {
    const sorted = [...this.#values].sort((a, b) => a - b);
    const absolute = sorted.map(Math.abs).sort((a, b) => a - b);
    const at = (values: readonly number[], q: number): number =>
      Math.round(values[Math.min(values.length - 1, Math.floor(q * values.length))] ?? 0);
    return {
      count: this.#count,
      p50: at(sorted, 0.5),
      p99: at(sorted, 0.99),
      absP99: at(absolute, 0.99),
      absMax: at(absolute, 1),
    };
  }
}
