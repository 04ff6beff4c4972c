import { Draw } from "./random.ts";
import { smooth } from "../closure.ts";
import type { Attention } from "./attention.ts";
import { Schedule, type Timed } from "./schedule.ts";

interface Breath extends Timed {
  readonly inhale: number;
  readonly exhale: number;
  /** Fullness where it starts and at its top. */
  readonly from: number;
  readonly depth: number;
  /** The breath drawn for an utterance is quick. */
  readonly quick: boolean;
}

const STREAM = 20;
/** Breaths a minute. */
const RATE: Readonly<Record<Attention, number>> = { idle: 14, listening: 14, thinking: 13, speaking: 13 };

/** Breathing as the fullness of the chest: 0 empty, 1 a deep breath. */
export class Breaths {
  readonly #seed: number;
  readonly #row: Schedule<Breath>;
  #count = 0;

  constructor(seed: number, modeAt: (pts: number) => Attention) {
    this.#seed = seed;
    this.#row = new Schedule<Breath>(
      (at) => ({ start: at, inhale: 1.5e6, exhale: 2.5e6, from: 0, depth: 0.6, quick: false }),
      (previous, index) => {
        const draw = new Draw(seed, STREAM, index);
        const start = previous.start + previous.inhale + previous.exhale;
        const length = (60e6 / RATE[modeAt(start)]) * Math.max(0.6, draw.normal(1, 0.14));
        // Breathing in takes 1 part, out 1.5 to 2.
        const inhale = length / (1 + draw.within(1.5, 2));
        return {
          start,
          inhale,
          exhale: length - inhale,
          from: 0,
          depth: draw.within(0.45, 0.75),
          quick: false,
        };
      },
    );
  }

  /** Draws a quick breath that is full where the utterance starts, as far as `shown` leaves time for it. */
  drawBefore(utterance: number, shown: number): void {
    const draw = new Draw(this.#seed, STREAM + 1, ++this.#count);
    const start = Math.max(shown, utterance - draw.within(300_000, 500_000));
    if (utterance - start < 120_000) return;
    const from = this.fullness(start);
    const exhale = draw.within(3e6, 4.5e6);
    this.#row.put({
      start,
      inhale: utterance - start,
      exhale,
      from,
      depth: Math.max(from, 0.85),
      quick: true,
    });
  }

  /** How full the chest is at `pts`, 0..1. */
  fullness(pts: number): number {
    const breath = this.#row.around(pts).findLast((each) => each.start <= pts);
    if (breath === undefined) return 0;
    const at = pts - breath.start;
    if (at < breath.inhale) return breath.from + (breath.depth - breath.from) * smooth(at / breath.inhale);
    return breath.depth * (1 - smooth((at - breath.inhale) / breath.exhale));
  }

  /** How strongly air is drawn in at `pts`, 0..1. */
  drawing(pts: number): number {
    const breath = this.#row.around(pts).findLast((each) => each.start <= pts);
    const at = pts - (breath?.start ?? pts);
    if (breath === undefined || at >= breath.inhale) return 0;
    return (breath.quick ? 1 : 0.3) * Math.sin((Math.PI * at) / breath.inhale);
  }
}
