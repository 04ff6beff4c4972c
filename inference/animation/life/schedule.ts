import { fromSeconds } from "../../../bridge/core/time.ts";

/** Something that begins at a time. */
export interface Timed {
  readonly start: number;
}

/** Makes the event after `previous`. `floor` is the earliest time it may begin. */
export type Successor<E extends Timed> = (previous: E, index: number, floor: number) => E;

/** Events stay known this long behind the newest time asked for. */
const HISTORY = fromSeconds(6);
/** Events are made this far ahead. */
const HORIZON = fromSeconds(1);
/** A longer jump in time starts afresh. */
const JUMP = fromSeconds(60);

/** An endless row of events of one layer of life, made as time is asked for and forgotten behind it. */
export class Schedule<E extends Timed> {
  #events: E[];
  #index = 0;
  #floor = Number.NEGATIVE_INFINITY;
  readonly #successor: Successor<E>;
  readonly #opening: (at: number) => E;

  /** `opening` is the event that is under way at a time nothing is known about. */
  constructor(opening: (at: number) => E, successor: Successor<E>) {
    this.#opening = opening;
    this.#successor = successor;
    this.#events = [];
  }

  /** Events known around `pts`, in order; at least one begins at or before it. Not to be kept. */
  around(pts: number): readonly E[] {
    const last = this.#events.at(-1);
    if (last === undefined || pts - last.start > JUMP) this.#events = [this.#opening(pts - HORIZON)];
    for (;;) {
      const newest = this.#events.at(-1);
      if (newest === undefined || newest.start > pts + HORIZON) break;
      const next = this.#successor(newest, ++this.#index, this.#floor);
      // A successor that stands still would never end.
      this.#events.push(next.start > newest.start ? next : { ...next, start: newest.start + 1_000 });
    }
    if (this.#events.length > 16 && (this.#events[8]?.start ?? pts) < pts - HISTORY)
      this.#events.splice(0, 8);
    return this.#events;
  }

  /** Forgets events that begin after `at`: circumstances changed. */
  cut(at: number): void {
    this.#events = this.#events.filter((event) => event.start <= at);
    this.#floor = at;
  }

  /** Forgets events that begin after `at` and puts `event` there. */
  put(event: E): void {
    this.#events = this.#events.filter((other) => other.start < event.start);
    this.#events.push(event);
    this.#floor = event.start;
  }
}

/** Minimum-jerk path from 0 to 1 over 0..1. */
export const minimumJerk = (x: number): number => {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  return x * x * x * (10 - 15 * x + 6 * x * x);
};
