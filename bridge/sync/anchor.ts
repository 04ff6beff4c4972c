import type { TurnId } from "../core/frames.ts";
import type { Micros } from "../core/time.ts";

/** A run of a turn's sound with one relation of offset to pts. */
interface Span {
  readonly offset: Micros;
  readonly pts: Micros;
  length: Micros;
}

/** Turns remembered for questions about what was heard. */
const MAX_TURNS = 8;

/**
 * Fixes a turn to the timeline. The first sound of a turn is heard `delay` from now; what follows keeps its distance,
 * so face and sound of a turn share one relation and cannot drift. A chunk that comes too late to be played on time
 * moves the rest of the turn, with a span of its own.
 */
export class Anchor {
  readonly #delay: Micros;
  readonly #turns = new Map<TurnId, Span[]>();

  /** @param options.delay from placing the first chunk to hearing it: what the engines need to be ready. */
  constructor(options: { delay: Micros }) {
    if (!(options.delay >= 0)) throw new RangeError("the playout delay must not be negative");
    this.#delay = options.delay;
  }

  /** The pts at which sound at `offset` of `turn`, `length` long, is heard. */
  place(turn: TurnId, piece: { offset: Micros; length: Micros }, now: Micros): Micros {
    const spans = this.#spansOf(turn);
    const last = spans.at(-1);
    const soonest = (now + this.#delay) as Micros;
    const onTime = last === undefined ? soonest : ((last.pts + piece.offset - last.offset) as Micros);
    const pts = onTime < soonest ? soonest : onTime;
    if (last !== undefined && pts === onTime && piece.offset === last.offset + last.length) {
      last.length = (last.length + piece.length) as Micros;
      return pts;
    }
    spans.push({ offset: piece.offset, pts, length: piece.length });
    return pts;
  }

  /** First pts of the turn, or undefined before it has any sound. */
  begin(turn: TurnId): Micros | undefined {
    return this.#turns.get(turn)?.[0]?.pts;
  }

  /** Pts at which the turn's sound so far ends. */
  end(turn: TurnId): Micros | undefined {
    const last = this.#turns.get(turn)?.at(-1);
    return last === undefined ? undefined : ((last.pts + last.length) as Micros);
  }

  /** Offset in the turn of what is heard at `pts`: clamped to the sound there is, 0 before it. */
  offsetAt(turn: TurnId, pts: Micros): Micros {
    let offset = 0;
    for (const span of this.#turns.get(turn) ?? []) {
      if (pts <= span.pts) break;
      offset = span.offset + Math.min(pts - span.pts, span.length);
    }
    return offset as Micros;
  }

  #spansOf(turn: TurnId): Span[] {
    let spans = this.#turns.get(turn);
    if (spans === undefined) {
      spans = [];
      this.#turns.set(turn, spans);
      const oldest = this.#turns.keys().next();
      if (this.#turns.size > MAX_TURNS && oldest.done !== true) this.#turns.delete(oldest.value);
    }
    return spans;
  }
}
