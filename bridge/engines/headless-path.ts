import { isAbort } from "../core/errors.ts";
import { fromMillis, type Clock, type Micros } from "../core/time.ts";
import type { PathOptions } from "./headless.options.ts";

interface Parcel<T> {
  readonly item: T;
  readonly at: Micros;
}

/** Items on the way at most: what comes on top is lost. */
const CAPACITY = 8_192;
/** The longest extra delay, in means. */
const TAIL = 10;

/** A network that delays and loses, seeded. Without delay and loss it hands on at once. */
export class SimulatedPath<T> {
  readonly #clock: Clock;
  readonly #options: PathOptions;
  readonly #deliver: (item: T) => void;
  #waiting: Parcel<T>[] = [];
  #ordered = 0;
  #seed: number;
  #lost = 0;
  #changed: () => void = () => undefined;

  constructor(options: PathOptions & { clock: Clock; seed: number; deliver: (item: T) => void }) {
    const { clock, seed, deliver, ...path } = options;
    this.#clock = clock;
    this.#options = path;
    this.#deliver = deliver;
    this.#seed = (seed | 0) ^ 0x9e3779b9 || 1;
  }

  get lost(): number {
    return this.#lost;
  }

  /** Puts an item on the way. What is `reliable` is never lost and keeps its order; the rest is as over UDP. */
  offer(item: T, reliable: boolean): void {
    const { delayMs, jitterMs, loss } = this.#options;
    if (delayMs === 0 && jitterMs === 0 && loss === 0) return this.#deliver(item);
    if ((!reliable && this.#random() < loss) || this.#waiting.length >= CAPACITY) {
      this.#lost++;
      return;
    }
    const extra = Math.min(TAIL, -Math.log(1 - this.#random())) * jitterMs;
    let at = this.#clock.now() + fromMillis(delayMs + extra);
    if (reliable) this.#ordered = at = Math.max(at, this.#ordered);
    let place = this.#waiting.length;
    while (place > 0 && (this.#waiting[place - 1]?.at ?? 0) > at) place--;
    this.#waiting.splice(place, 0, { item, at: at as Micros });
    if (place === 0) this.#changed();
  }

  /** Delivers until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const changed = new AbortController();
        this.#changed = () => changed.abort(CHANGED);
        const next = this.#waiting[0]?.at ?? ((this.#clock.now() + IDLE) as Micros);
        await this.#clock
          .sleepUntil(next, AbortSignal.any([signal, changed.signal]))
          .catch((error: unknown) => {
            if (error !== CHANGED) throw error;
          });
        const now = this.#clock.now();
        while ((this.#waiting[0]?.at ?? Number.POSITIVE_INFINITY) <= now) {
          const parcel = this.#waiting.shift();
          if (parcel !== undefined) this.#deliver(parcel.item);
        }
      }
    } catch (error) {
      if (!isAbort(error, signal)) throw error;
    }
  }

  /** 0 up to but not 1. */
  #random(): number {
    this.#seed ^= this.#seed << 13;
    this.#seed ^= this.#seed >>> 17;
    this.#seed ^= this.#seed << 5;
    return (this.#seed >>> 0) / 4_294_967_296;
  }
}

const IDLE = fromMillis(1_000);
const CHANGED = new Error("an earlier item is on the way");
