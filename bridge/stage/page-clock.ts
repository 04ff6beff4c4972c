import type { Micros } from "../core/time.ts";

/**
 * The engine's clock of this page, µs: monotonic, and the same in its workers, which share the browser's time origin.
 * The only place of the page that asks the platform for the time.
 */
export const pageNow = (): Micros => pageTime(performance.now());

/** A `performance.now()`-based time of this thread, ms, on the page's clock. */
export const pageTime = (ms: number): Micros => Math.round((performance.timeOrigin + ms) * 1_000) as Micros;

/** Calls `step` about every `ms` until the returned function is called. */
export const every = (ms: number, step: () => void): (() => void) => {
  const timer = setInterval(step, ms);
  return () => clearInterval(timer);
};

/** Calls `step` once after `ms`; the returned function cancels. */
export const after = (ms: number, step: () => void): (() => void) => {
  const timer = setTimeout(step, ms);
  return () => clearTimeout(timer);
};
