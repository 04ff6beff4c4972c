import { orAbort } from "./stage.ts";

/** What a full channel does: refuse the newest, drop the oldest, or let the sender wait. */
export type Overflow = "drop-newest" | "drop-oldest" | "block";

export interface ChannelOptions {
  readonly capacity: number;
  readonly overflow: Overflow;
}

/** The one way a callback source enters a stage: a bounded queue with a stated overflow policy, for one reader. */
export class Channel<T> implements AsyncIterable<T> {
  readonly capacity: number;
  readonly overflow: Overflow;
  #items: T[] = [];
  #dropped = 0;
  #closed = false;
  #error: unknown;
  #readers: (() => void)[] = [];
  #writers: (() => void)[] = [];

  constructor(options: ChannelOptions) {
    if (!Number.isInteger(options.capacity) || options.capacity < 1)
      throw new RangeError("channel capacity must be at least 1");
    this.capacity = options.capacity;
    this.overflow = options.overflow;
  }

  /** Items waiting. */
  get depth(): number {
    return this.#items.length;
  }

  /** Items lost to the overflow policy so far. */
  get dropped(): number {
    return this.#dropped;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Takes `item` now, or says false where it was refused (full with "drop-newest" or "block", or closed). */
  offer(item: T): boolean {
    if (this.#closed) return false;
    if (this.#items.length >= this.capacity) {
      if (this.overflow !== "drop-oldest") {
        if (this.overflow === "drop-newest") this.#dropped++;
        return false;
      }
      this.#items.shift();
      this.#dropped++;
    }
    this.#items.push(item);
    wakeAll(this.#readers);
    return true;
  }

  /** Waits for room under "block"; under the other policies it is `offer`. False when the channel is closed. */
  async send(item: T, signal: AbortSignal): Promise<boolean> {
    while (!this.#closed && this.overflow === "block" && this.#items.length >= this.capacity) {
      await orAbort(new Promise<void>((resolve) => this.#writers.push(resolve)), signal);
    }
    return this.offer(item);
  }

  /** Ends the channel; what is queued can still be read. `error` is thrown to the reader after that. */
  close(error?: unknown): void {
    this.#closed = true;
    this.#error ??= error;
    wakeAll(this.#readers);
    wakeAll(this.#writers);
  }

  /** Empties the queue and returns what was in it. */
  drain(): T[] {
    const items = this.#items;
    this.#items = [];
    wakeAll(this.#writers);
    return items;
  }

  /** Reads until the channel is closed and empty, or `signal` is aborted. */
  async *read(signal: AbortSignal): AsyncGenerator<T, void, undefined> {
    for (;;) {
      signal.throwIfAborted();
      while (this.#items.length > 0) {
        const item = this.#items.shift() as T;
        wakeAll(this.#writers);
        yield item;
        signal.throwIfAborted();
      }
      if (this.#closed) {
        if (this.#error !== undefined) throw this.#error as Error;
        return;
      }
      await orAbort(new Promise<void>((resolve) => this.#readers.push(resolve)), signal);
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return this.read(NEVER);
  }
}

const NEVER = new AbortController().signal;

const wakeAll = (waiting: (() => void)[]): void => {
  for (const wake of waiting.splice(0)) wake();
};
