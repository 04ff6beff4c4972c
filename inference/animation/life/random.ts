/**
 * Randomness as a function: the same seed, stream and index always give the same number, in any order of asking. A
 * stream is one quantity of one layer. (murmur3's finalizer over a mix of the three.)
 */
export const chance = (seed: number, stream: number, index: number): number =>
  hash(seed, stream, index) / 4_294_967_296;

/** About normal, mean 0, deviation 1, within ±3.4: the sum of four bytes of one hash. */
export const bell = (seed: number, stream: number, index: number): number => {
  const h = hash(seed, stream, index);
  return ((h & 255) + ((h >>> 8) & 255) + ((h >>> 16) & 255) + (h >>> 24) - 510) / 147.8;
};

const hash = (seed: number, stream: number, index: number): number => {
  let h =
    Math.imul(seed ^ Math.imul(stream + 1, 0x9e3779b1), 0x85ebca6b) ^
    Math.imul(index + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** Draws in a row for one event: a stream's numbers for one index. */
export class Draw {
  readonly #seed: number;
  readonly #stream: number;
  readonly #index: number;
  #count = 0;

  constructor(seed: number, stream: number, index: number) {
    this.#seed = seed;
    this.#stream = stream;
    this.#index = index;
  }

  /** Uniform from `low` to `high`. */
  within(low: number, high: number): number {
    return low + (high - low) * this.#next();
  }

  /** Normal, by Box and Muller. */
  normal(mean: number, deviation: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#next()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.#next());
  }

  /** True with probability `p`. */
  happens(p: number): boolean {
    return this.#next() < p;
  }

  #next(): number {
    this.#count++;
    return chance(this.#seed, this.#stream * 64 + this.#count, this.#index);
  }
}
