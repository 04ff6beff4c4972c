import { SystemClock, fromSeconds, plus } from "../../bridge/core/time.ts";

const clock = new SystemClock();

/** Longest a test waits for one thing, seconds: far above what anything takes on a busy machine. */
const PATIENCE = 20;

interface Waiter {
  check(): boolean;
}

/** What has happened, in order, with waits for what is still to come. */
export class Story<T> {
  readonly all: T[] = [];
  #waiters: Waiter[] = [];

  /** How much has happened; later waits can begin here. */
  get mark(): number {
    return this.all.length;
  }

  add(item: T): void {
    this.all.push(item);
    this.#waiters = this.#waiters.filter((waiter) => !waiter.check());
  }

  /** What `match` makes of the first item, from `from` on, of which it makes something; rejects after `seconds`. */
  async find<U>(
    what: string,
    match: (item: T) => U | undefined,
    options: { from?: number; seconds?: number } = {},
  ): Promise<U> {
    let at = options.from ?? 0;
    const look = (): U | undefined => {
      for (; at < this.all.length; at++) {
        const found = match(this.all[at] as T);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    const known = look();
    if (known !== undefined) return known;
    return withinSeconds(
      what,
      new Promise<U>((resolve) => {
        this.#waiters.push({
          check: () => {
            const found = look();
            if (found !== undefined) resolve(found);
            return found !== undefined;
          },
        });
      }),
      options.seconds,
    );
  }
}

/** `promise`, or an error that names `what` was waited for. */
export const withinSeconds = async <T>(what: string, promise: Promise<T>, seconds = PATIENCE): Promise<T> => {
  const timer = new AbortController();
  const late = clock
    .sleepUntil(plus(clock.now(), fromSeconds(seconds)), timer.signal)
    .then(() => Promise.reject(new Error(`waited ${seconds} s in vain for ${what}`)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    late.catch(() => undefined);
    timer.abort(new Error("no longer needed"));
  }
};
