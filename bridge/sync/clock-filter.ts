import type { Micros } from "../core/time.ts";
import type { ClockMap } from "./clock-map.ts";

/** One ping and its answer: t1 sent and t4 back on the daemon's clock, t2 received and t3 answered on the engine's. */
export interface Exchange {
  readonly t1: Micros;
  readonly t2: Micros;
  readonly t3: Micros;
  readonly t4: Micros;
}

export interface ClockEstimate {
  readonly map: ClockMap;
  /** Bound of the map's error at the newest exchange, µs: half the smallest round trip, and what the skew leaves in doubt. */
  readonly bound: Micros;
  /** True once enough exchanges agree for the map to be used without stepping. */
  readonly synchronized: boolean;
}

/** Exchanges are kept as extremes per bucket of this length; the window spans `BUCKETS` of them. */
const BUCKET = 1_000_000;
const BUCKETS = 60;
/** Noise scale of the weights, µs. */
const SIGMA = 20;
/** Prior of the skew: 0 ± 100 ppm; estimates are clamped to ±500 ppm. */
const SKEW_PRIOR = 100e-6;
const SKEW_LIMIT = 500e-6;
/** Standard errors of the skew that the bound allows for. */
const DOUBT = 4;
/** Slack of the interval test that detects a jump of the engine's clock, and how many misses in a row mean one. */
const JUMP_SLACK = 1_000;
const JUMP_MISSES = 3;
/** Exchanges before the estimate is called synchronized. */
const MIN_EXCHANGES = 8;
const MAX_SYNC_BOUND = 20_000;

interface Extreme {
  readonly bucket: number;
  x: number;
  y: number;
}

/**
 * Two-sided envelope filter. Delay noise is one-sided, so per direction the extremes carry the information, and the
 * two directions need not be minimal in the same exchange: forward f = t2 - t1 >= offset, backward b = t3 - t4 <= offset.
 * Both envelopes share one skew. Times are relative to the first exchange, so doubles stay exact.
 */
export class ClockFilter {
  #origin: { daemon: number; engine: number } | undefined;
  #forward: Extreme[] = [];
  #backward: Extreme[] = [];
  #count = 0;
  #misses = 0;
  #estimate: ClockEstimate | undefined;

  get estimate(): ClockEstimate | undefined {
    return this.#estimate;
  }

  /** Adds an exchange; returns "reset" where it shows that the engine's clock jumped, so that the map must step. */
  add(exchange: Exchange): "kept" | "reset" | "refused" {
    const { t1, t2, t3, t4 } = exchange;
    if (t4 < t1 || t3 < t2) return "refused";
    if (this.#jumped(exchange)) {
      this.#misses++;
      if (this.#misses < JUMP_MISSES) return "refused";
      this.reset();
      this.add(exchange);
      return "reset";
    }
    this.#misses = 0;
    this.#origin ??= { daemon: t1, engine: t2 };
    const { daemon, engine } = this.#origin;
    keep(this.#forward, t1 - daemon, t2 - engine - (t1 - daemon), (a, b) => a < b);
    keep(this.#backward, t4 - daemon, t3 - engine - (t4 - daemon), (a, b) => a > b);
    this.#count++;
    this.#estimate = this.#solve(t4 - daemon);
    return "kept";
  }

  /** Forgets everything: the engine restarted. */
  reset(): void {
    this.#origin = undefined;
    this.#forward = [];
    this.#backward = [];
    this.#count = 0;
    this.#misses = 0;
    this.#estimate = undefined;
  }

  #jumped(exchange: Exchange): boolean {
    if (this.#estimate === undefined || !this.#estimate.synchronized) return false;
    const { map, bound } = this.#estimate;
    const slack = JUMP_SLACK + bound;
    const lowest = exchange.t3 - exchange.t4 - slack;
    const highest = exchange.t2 - exchange.t1 + slack;
    const predicted = map.engineAt - map.daemonAt + (exchange.t4 - map.daemonAt) * map.skew;
    return predicted < lowest || predicted > highest;
  }

  #solve(now: number): ClockEstimate {
    const origin = this.#origin ?? { daemon: 0, engine: 0 };
    const forward = slopeOf(this.#forward, 1);
    const backward = slopeOf(this.#backward, -1);
    const prior = 1 / SKEW_PRIOR ** 2;
    const information = forward.information + backward.information + prior;
    const raw = (forward.slope * forward.information + backward.slope * backward.information) / information;
    const skew = Math.max(-SKEW_LIMIT, Math.min(SKEW_LIMIT, raw));
    // What the offset cannot be outside of: each point, with as much doubt as the skew leaves it at its age.
    const doubt = DOUBT / Math.sqrt(information);
    const highest = edgeAt(this.#forward, skew, now, doubt, 1);
    const lowest = edgeAt(this.#backward, skew, now, doubt, -1);
    const soft = (extremeAt(this.#forward, skew, now, 1) + extremeAt(this.#backward, skew, now, -1)) / 2;
    const offset = Math.max(lowest, Math.min(highest, soft));
    const bound = Math.max(1, Math.ceil(Math.max(highest - offset, offset - lowest))) as Micros;
    return {
      map: {
        daemonAt: Math.round(origin.daemon + now) as Micros,
        engineAt: Math.round(origin.engine + now + offset) as Micros,
        skew,
      },
      bound,
      synchronized: this.#count >= MIN_EXCHANGES && bound < MAX_SYNC_BOUND,
    };
  }
}

/** Keeps the best point of its bucket, and at most `BUCKETS` buckets. */
const keep = (side: Extreme[], x: number, y: number, better: (a: number, b: number) => boolean): void => {
  const bucket = Math.floor(x / BUCKET);
  const last = side.at(-1);
  if (last !== undefined && last.bucket === bucket) {
    if (better(y, last.y)) {
      last.x = x;
      last.y = y;
    }
    return;
  }
  side.push({ bucket, x, y });
  if (side.length > BUCKETS) side.shift();
};

/** Weighted slope of one envelope, three passes of re-weighting by the excess over the envelope. `sign` 1 lower, -1 upper. */
const slopeOf = (side: readonly Extreme[], sign: 1 | -1): { slope: number; information: number } => {
  let slope = 0;
  let information = 0;
  if (side.length < 3) return { slope, information };
  for (let pass = 0; pass < 3; pass++) {
    const weights = weightsOf(side, slope, sign);
    let sum = 0;
    let meanX = 0;
    let meanY = 0;
    side.forEach((point, i) => {
      const w = weights[i] ?? 0;
      sum += w;
      meanX += w * point.x;
      meanY += w * point.y;
    });
    meanX /= sum;
    meanY /= sum;
    let xx = 0;
    let xy = 0;
    side.forEach((point, i) => {
      const w = weights[i] ?? 0;
      xx += w * (point.x - meanX) ** 2;
      xy += w * (point.x - meanX) * (point.y - meanY);
    });
    // The ridge keeps a short, noisy window near the prior.
    slope = xy / (xx + 1 / SKEW_PRIOR ** 2);
    information = xx;
  }
  return { slope, information };
};

const weightsOf = (side: readonly Extreme[], slope: number, sign: 1 | -1): number[] => {
  let edge = Number.POSITIVE_INFINITY;
  for (const point of side) edge = Math.min(edge, sign * (point.y - slope * point.x));
  return side.map((point) => 1 / (SIGMA ** 2 + (sign * (point.y - slope * point.x) - edge) ** 2));
};

/** The lowest that `side` leaves possible at `now` (or the highest): its points carried there, each with its doubt. */
const edgeAt = (side: readonly Extreme[], skew: number, now: number, doubt: number, sign: 1 | -1): number => {
  let edge = Number.POSITIVE_INFINITY;
  for (const { x, y } of side) {
    const age = Math.abs(now - x);
    edge = Math.min(edge, sign * (y + skew * (now - x)) + doubt * age);
  }
  return sign * edge;
};

/** The envelope detrended by `skew` and taken to `now`: a soft minimum (or maximum), so one lucky point does not rule. */
const extremeAt = (side: readonly Extreme[], skew: number, now: number, sign: 1 | -1): number => {
  const weights = weightsOf(side, skew, sign);
  let sum = 0;
  let mean = 0;
  side.forEach((point, i) => {
    const w = weights[i] ?? 0;
    sum += w;
    mean += w * (point.y + skew * (now - point.x));
  });
  return mean / sum;
};
