import { orAbort } from "../../bridge/core/stage.ts";
import { plus, type Clock, type Micros } from "../../bridge/core/time.ts";

export interface Deadline {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Longest wait. */
  readonly span: Micros;
  /** What is thrown when the wait was too long. */
  readonly late: () => Error;
}

/** `promise`, or `late()` after `span`, or the signal's reason: whichever comes first. */
export const within = async <T>(promise: Promise<T>, deadline: Deadline): Promise<T> => {
  const { clock, signal, span, late } = deadline;
  const timer = new AbortController();
  const expired = clock.sleepUntil(plus(clock.now(), span), timer.signal).then(() => {
    throw late();
  });
  try {
    return await orAbort(Promise.race([promise, expired]), signal);
  } finally {
    timer.abort();
  }
};

/**
 * Reads `source` and lets go of it on abort or when one item takes longer than `deadlines` allow (first item, then each
 * further one). Time the consumer takes does not count. A source stuck in an await is left behind, never waited for.
 */
export async function* pull<T>(
  source: AsyncIterable<T>,
  deadlines: { clock: Clock; signal: AbortSignal; first: Micros; next: Micros; late: () => Error },
): AsyncGenerator<T, void, undefined> {
  const { clock, signal, late } = deadlines;
  const iterator = source[Symbol.asyncIterator]();
  let span = deadlines.first;
  let ended = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      const item = await within(iterator.next(), { clock, signal, span, late });
      if (item.done === true) {
        ended = true;
        return;
      }
      yield item.value;
      span = deadlines.next;
    }
  } finally {
    // Not awaited: a generator suspended in an await that never settles cannot be returned.
    if (!ended) void iterator.return?.()?.catch(() => undefined);
  }
}
