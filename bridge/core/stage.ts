import type { Clock } from "./time.ts";

/** What a stage is given beside its input. */
export interface StageContext {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** One step of the data flow: an async generator that pulls, yields, and cleans up in `finally`. */
export interface Stage<In, Out> {
  readonly name: string;
  run(input: AsyncIterable<In>, context: StageContext): AsyncIterable<Out>;
}

/** Two stages as one. */
export const pipe = <A, B, C>(first: Stage<A, B>, second: Stage<B, C>): Stage<A, C> => ({
  name: `${first.name} > ${second.name}`,
  run: (input, context) => second.run(first.run(input, context), context),
});

/** `promise`, or the signal's reason as soon as it is aborted: no await may outlive its turn. */
export const orAbort = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      promise.catch(() => undefined);
      return reject(signal.reason as Error);
    }
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
