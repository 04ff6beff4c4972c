import { fromMillis } from "../../../bridge/core/time.ts";
import { smooth } from "../closure.ts";
import type { Attention } from "./attention.ts";
import { Draw } from "./random.ts";
import { Schedule, type Timed } from "./schedule.ts";

interface Blink extends Timed {
  readonly close: number;
  readonly hold: number;
  readonly open: number;
  readonly peak: number;
  /** The right eye runs this much behind the left (µs, either sign). */
  readonly skew: number;
}

const STREAM = 1;
/** Blinks a minute: of the ranges of Doughty (2001), reading to conversation. */
const RATE: Readonly<Record<Attention, number>> = { idle: 15, listening: 17, thinking: 8, speaking: 22 };
/** Intervals are log-normal with this spread (of the logarithm), clamped. */
const SPREAD = 0.75;
const SHORTEST = 400_000;
const LONGEST = 12_000_000;
const DOUBLES = 0.1;
const REFRACTORY = fromMillis(350);
/** A speaker does not blink this close to where an utterance starts. */
const UTTERANCE_START = fromMillis(150);
/** Blinks that something else caused, kept at most. */
const MOST_FORCED = 64;

/** When the eyes blink: a seeded row of blinks and those that gaze shifts and phrase ends bring. */
export class Blinks {
  readonly #seed: number;
  readonly #row: Schedule<Blink>;
  #forced: Blink[] = [];
  #quiet: number[] = [];

  constructor(seed: number, modeAt: (pts: number) => Attention) {
    this.#seed = seed;
    this.#row = new Schedule<Blink>(
      (at) => blinkAt(at - LONGEST, new Draw(seed, STREAM, 0)),
      (previous, index, floor) => {
        const draw = new Draw(seed, STREAM, index);
        const interval = intervalOf(RATE[modeAt(Math.max(previous.start, floor))], draw);
        const due = previous.start + interval;
        return blinkAt(due >= floor ? due : floor + interval * draw.within(0.2, 1), draw);
      },
    );
  }

  /** The pace changes: blinks that begin after `at` are drawn anew. */
  cut(at: number): void {
    this.#row.cut(at);
    this.#forced = this.#forced.filter((blink) => blink.start <= at);
  }

  /** An utterance starts at `at`: no blink that is not under way at `shown` begins around it. */
  startUtterance(at: number, shown: number): void {
    if (at - UTTERANCE_START > shown) this.#quiet = [...this.#quiet.slice(-7), at];
  }

  /** A gaze shift or phrase end at `at` that may bring a blink, with probability `p`. `index` tells causes apart. */
  invite(at: number, p: number, index: number): void {
    const draw = new Draw(this.#seed, STREAM + 1, index);
    if (!draw.happens(p) || this.#forced.some((blink) => Math.abs(blink.start - at) < REFRACTORY)) return;
    this.#forced = [...this.#forced.slice(1 - MOST_FORCED), blinkAt(at + draw.within(-50_000, 50_000), draw)];
  }

  /** How closed the left and right lids are at `pts`, 0..1 each. */
  lids(pts: number, out: { left: number; right: number }): void {
    out.left = 0;
    out.right = 0;
    const row = this.#row.around(pts);
    for (const blink of row) if (this.#allowed(blink)) close(blink, pts, out);
    for (const blink of this.#forced) {
      // A blink that was due anyway takes the place of the one that was invited.
      const due = row.some((other) => Math.abs(other.start - blink.start) < REFRACTORY);
      if (!due && this.#allowed(blink)) close(blink, pts, out);
    }
  }

  #allowed(blink: Blink): boolean {
    return !this.#quiet.some((start) => Math.abs(blink.start - start) < UTTERANCE_START);
  }
}

const intervalOf = (rate: number, draw: Draw): number => {
  if (draw.happens(DOUBLES)) return draw.within(250_000, 400_000);
  // The mean of a log-normal is median * exp(spread² / 2); doubles take their share of the rate.
  const mean = (60e6 / rate - DOUBLES * 325_000) / (1 - DOUBLES);
  const median = mean / Math.exp((SPREAD * SPREAD) / 2);
  return Math.min(LONGEST, Math.max(SHORTEST, median * Math.exp(draw.normal(0, SPREAD))));
};

const blinkAt = (start: number, draw: Draw): Blink => ({
  start,
  close: clampTo(draw.normal(75_000, 12_000), 50_000, 110_000),
  hold: draw.within(10_000, 40_000),
  open: clampTo(draw.normal(150_000, 35_000), 90_000, 260_000),
  // About half of natural blinks are partial (Ousler, PMC4015796).
  peak: draw.happens(0.4) ? draw.within(0.4, 0.8) : 1,
  skew: draw.within(-8_000, 8_000),
});

const close = (blink: Blink, pts: number, out: { left: number; right: number }): void => {
  if (pts < blink.start - 10_000 || pts > blink.start + 600_000) return;
  out.left = Math.max(out.left, lid(blink, pts - blink.start));
  out.right = Math.max(out.right, lid(blink, pts - blink.start - blink.skew));
};

/** Closing eases in; opening is quick and then slow. */
const lid = (blink: Blink, at: number): number => {
  if (at <= 0) return 0;
  if (at < blink.close) return blink.peak * smooth(at / blink.close);
  const opening = (at - blink.close - blink.hold) / blink.open;
  if (opening <= 0) return blink.peak;
  if (opening >= 1.25) return 0;
  return blink.peak * Math.max(0, 1 - smooth(opening / 1.25) ** 0.8);
};

const clampTo = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
