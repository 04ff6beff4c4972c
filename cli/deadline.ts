import { plus, type Clock, type Micros } from "../bridge/core/time.ts";

/** Runs `work` with a signal that is aborted after `span` too; its timer never outlives the work. */
export const withDeadline = async <T>(
  work: (signal: AbortSignal) => Promise<T>,
  { clock, span, signal }: { clock: Clock; span: Micros; signal: AbortSignal },
): Promise<T> => {
  const [late, done] = [new AbortController(), new AbortController()];
  clock.sleepUntil(plus(clock.now(), span), done.signal).then(
    () => late.abort(new DOMException("no answer in time", "TimeoutError")),
    () => undefined,
  );
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } finally {
    done.abort();
  }
};
