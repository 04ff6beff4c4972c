import type { Micros } from "../../bridge/core/time.ts";
import type { Exchange } from "../../bridge/sync/clock-filter.ts";

/** How a network delays one direction, µs: a constant, and a Pareto tail of scale `tail` and shape 1.5 on top. */
export interface Delays {
  readonly constant: number;
  readonly tail: number;
}

export interface ExchangeOptions {
  readonly seed: number;
  /** Engine's clock against the daemon's. */
  readonly ppm: number;
  readonly offset: number;
  readonly there: Delays;
  readonly back: Delays;
  readonly loss: number;
}

/** Clock exchanges over a simulated network, with the truth beside them. Seeded. */
export class SimulatedExchange {
  readonly #options: ExchangeOptions;
  #seed: number;
  /** Added to the engine's clock by `jump`. */
  #jump = 0;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#seed = options.seed * 2_654_435_769 || 1;
  }

  /** Engine time at a daemon time. */
  truth(daemon: number): number {
    const { ppm, offset } = this.#options;
    return offset + this.#jump + daemon * (1 + ppm * 1e-6);
  }

  jump(by: number): void {
    this.#jump += by;
  }

  /** The fastest of a chain of four, as the prober keeps it; undefined where all were lost. */
  chain(at: number): Exchange | undefined {
    let best: Exchange | undefined;
    let t1 = at;
    for (let i = 0; i < 4; i++) {
      const one = this.#once(t1);
      if (one === undefined) break;
      if (best === undefined || one.t4 - one.t1 < best.t4 - best.t1) best = one;
      t1 = one.t4;
    }
    return best;
  }

  /** 0 up to but not 1. */
  random(): number {
    this.#seed ^= this.#seed << 13;
    this.#seed ^= this.#seed >>> 17;
    this.#seed ^= this.#seed << 5;
    return (this.#seed >>> 0) / 4_294_967_296;
  }

  #once(t1: number): Exchange | undefined {
    const { there, back, loss } = this.#options;
    if (this.random() < loss || this.random() < loss) return undefined;
    const arrived = t1 + this.#delay(there);
    const answered = arrived + 5;
    const t4 = answered + this.#delay(back);
    const round = (time: number): Micros => Math.round(time) as Micros;
    return { t1: round(t1), t2: round(this.truth(arrived)), t3: round(this.truth(answered)), t4: round(t4) };
  }

  #delay({ constant, tail }: Delays): number {
    return constant + tail * ((1 - this.random()) ** (-1 / 1.5) - 1);
  }
}
