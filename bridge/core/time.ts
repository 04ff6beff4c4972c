/** Integer microseconds on the daemon's monotonic clock; 0 is the start of the daemon. The only time unit inside. */
export type Micros = number & { readonly __unit: "us" };

export const micros = (value: number): Micros => Math.round(value) as Micros;
export const fromMillis = (ms: number): Micros => Math.round(ms * 1_000) as Micros;
export const fromSeconds = (seconds: number): Micros => Math.round(seconds * 1_000_000) as Micros;
export const toMillis = (time: Micros): number => time / 1_000;
export const toSeconds = (time: Micros): number => time / 1_000_000;
/** Length of `count` samples at `rate` Hz. */
export const fromSamples = (count: number, rate: number): Micros =>
  Math.round((count * 1_000_000) / rate) as Micros;
/** Whole samples at `rate` Hz nearest to `time`. */
export const toSamples = (time: Micros, rate: number): number => Math.round((time * rate) / 1_000_000);

/** Where every part of the daemon gets its time. Tests advance a `VirtualClock`; nobody asks the platform. */
export interface Clock {
  now(): Micros;
  /** Resolves at `at` or soon after; rejects with the signal's reason when aborted first. */
  sleepUntil(at: Micros, signal: AbortSignal): Promise<void>;
}

/** Monotonic platform time in nanoseconds, shared by all threads of a process: the origin handed to a worker. */
export const platformNanos = (): bigint => process.hrtime.bigint();

/** The platform's monotonic clock. Threads that share `origin` agree on `now()`. */
export class SystemClock implements Clock {
  readonly origin: bigint;

  constructor(origin: bigint = platformNanos()) {
    this.origin = origin;
  }

  now(): Micros {
    return Math.round(Number(process.hrtime.bigint() - this.origin) / 1_000) as Micros;
  }

  sleepUntil(at: Micros, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const wake = (): void => {
        // A timer may fire up to a millisecond early; a sleeper must never wake before its time.
        const left = at - this.now();
        if (left > 0) {
          timer = setTimeout(wake, Math.ceil(left / 1_000));
          return;
        }
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", abort, { once: true });
      let timer = setTimeout(wake, Math.max(0, Math.ceil((at - this.now()) / 1_000)));
    });
  }
}

interface Sleeper {
  readonly at: Micros;
  readonly wake: () => void;
}

/** A clock that stands still until `advance` moves it. Sleepers wake in order of their time. */
export class VirtualClock implements Clock {
  #now: Micros;
  #sleepers: Sleeper[] = [];

  constructor(start: Micros = 0 as Micros) {
    this.#now = start;
  }

  now(): Micros {
    return this.#now;
  }

  sleepUntil(at: Micros, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      if (at <= this.#now) return resolve();
      const abort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason as Error);
      };
      const sleeper: Sleeper = {
        at,
        wake: () => {
          signal.removeEventListener("abort", abort);
          resolve();
        },
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  /** Moves time forward by `span`, waking each sleeper at its own time and letting its continuation settle. */
  async advance(span: Micros): Promise<void> {
    const end = (this.#now + span) as Micros;
    await settle();
    for (;;) {
      const next = this.#sleepers.filter((s) => s.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#now = next.at;
      next.wake();
      await settle();
    }
    this.#now = end;
  }
}

/** Lets every promise continuation that is ready run. Macrotask turns, so chains of awaits of any depth drain. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** Wall-clock time since local midnight, µs: a label for recordings, never a clock. */
export const timeOfDay = (): Micros => {
  const now = new Date();
  return fromSeconds(
    (now.getHours() * 60 + now.getMinutes()) * 60 + now.getSeconds() + now.getMilliseconds() / 1_000,
  );
};

/** Later of two times. */
export const later = (a: Micros, b: Micros): Micros => (a > b ? a : b);
export const plus = (time: Micros, span: Micros): Micros => (time + span) as Micros;
export const minus = (time: Micros, span: Micros): Micros => (time - span) as Micros;
