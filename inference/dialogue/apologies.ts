import type { Lang } from "../../bridge/core/frames.ts";
import { fromSeconds, minus, type Clock, type Micros } from "../../bridge/core/time.ts";

/** Between two apologies while nothing succeeds: through open speakers an apology can be the sound that asks for the next. */
const CONTRITE = fromSeconds(15);

/** What the puppet says where something fails: a character's lines in turn, at most one in 15 s of trouble. */
export class Apologies {
  readonly #clock: Clock;
  readonly #lines: Readonly<Record<Lang, readonly string[]>>;
  #said = 0;
  /** The last one, until something succeeds. */
  #last: Micros | undefined;

  constructor(options: { clock: Clock; lines: Readonly<Record<Lang, readonly string[]>> }) {
    this.#clock = options.clock;
    this.#lines = options.lines;
  }

  /** The next apology; undefined where the last was just now. */
  next(lang: Lang): string | undefined {
    const now = this.#clock.now();
    if (this.#last !== undefined && minus(now, this.#last) < CONTRITE) return undefined;
    this.#last = now;
    const lines = this.#lines[lang];
    return lines[this.#said++ % lines.length];
  }

  /** An answer has succeeded: the next trouble is excused at once. */
  succeeded(): void {
    this.#last = undefined;
  }
}
