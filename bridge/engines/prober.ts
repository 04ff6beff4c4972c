import { isAbort } from "../core/errors.ts";
import { fromMillis, type Clock, type Micros } from "../core/time.ts";
import { ClockFilter, type ClockEstimate, type Exchange } from "../sync/clock-filter.ts";
import type { Message } from "../wire/messages.ts";

/** Pings in one chain: each pong triggers the next at once, so the last ones meet a warm path; the fastest counts. */
const CHAIN = 4;
/** First probes come fast, then ten a second with jitter, so that they do not beat with frames. */
const WARMUP = 20;
const WARMUP_STEP = fromMillis(20);
const STEP = fromMillis(100);
const JITTER = 0.15;

export interface ProberOptions {
  readonly clock: Clock;
  readonly send: (message: Message) => void;
  /** Called with each new estimate, at most once a chain. */
  readonly estimated: (estimate: ClockEstimate) => void;
}

/** Asks a peer for its clock and keeps the estimate. The filter is pure; this is its thin edge. */
export class Prober {
  readonly #options: ProberOptions;
  readonly #filter = new ClockFilter();
  #best: Exchange | undefined;
  #expected = 0;
  #seed = 0x9e3779b9;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  get estimate(): ClockEstimate | undefined {
    return this.#filter.estimate;
  }

  /** Starts a chain at each step until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    try {
      for (let chain = 0; !signal.aborted; chain++) {
        this.#finishChain();
        this.#ping(0);
        const step = chain < WARMUP ? WARMUP_STEP : STEP * (1 + JITTER * this.#random());
        await clock.sleepUntil((clock.now() + step) as Micros, signal);
      }
    } catch (error) {
      if (!isAbort(error, signal)) throw error;
    }
  }

  /** Takes an answer as it arrives. */
  pong(message: Extract<Message, { type: "pong" }>): void {
    const t4 = this.#options.clock.now();
    if (message.chain !== this.#expected) return;
    const exchange: Exchange = { t1: message.t1, t2: message.t2, t3: message.t3, t4 };
    if (this.#best === undefined || roundTrip(exchange) < roundTrip(this.#best)) this.#best = exchange;
    if (message.chain + 1 < CHAIN) this.#ping(message.chain + 1);
    else this.#finishChain();
  }

  #ping(chain: number): void {
    this.#expected = chain;
    this.#options.send({ type: "ping", chain, t1: this.#options.clock.now() });
  }

  #finishChain(): void {
    const best = this.#best;
    this.#best = undefined;
    this.#expected = -1;
    if (best === undefined) return;
    this.#filter.add(best);
    if (this.#filter.estimate !== undefined) this.#options.estimated(this.#filter.estimate);
  }

  /** -1..1 from a xorshift: jitter needs no better, and tests stay the same. */
  #random(): number {
    this.#seed ^= this.#seed << 13;
    this.#seed ^= this.#seed >>> 17;
    this.#seed ^= this.#seed << 5;
    return this.#seed / 0x8000_0000;
  }
}

const roundTrip = (exchange: Exchange): number => exchange.t4 - exchange.t1 - (exchange.t3 - exchange.t2);
