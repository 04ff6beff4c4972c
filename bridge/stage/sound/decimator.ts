import { at } from "../puppet/maths.ts";

/** Taps of the low-pass before decimation; odd, for a whole-sample delay. */
const TAPS = 63;
/** Cut-off relative to the new Nyquist frequency. */
const CUTOFF = 0.92;

/** Keeps every `factor`-th sample behind a windowed-sinc low-pass: 48 kHz becomes 16 kHz without aliases. */
export class Decimator {
  readonly #factor: number;
  readonly #taps: Float32Array;
  readonly #history = new Float32Array(TAPS);
  #next = 0;
  #phase = 0;

  constructor(factor: number) {
    if (!Number.isInteger(factor) || factor < 1) throw new RangeError("a decimator needs a whole factor");
    this.#factor = factor;
    this.#taps = lowPass(factor);
  }

  /** Feeds one sample; yields one of the slower stream every `factor` samples. */
  push(sample: number): number | undefined {
    this.#history[this.#next] = sample;
    this.#next = (this.#next + 1) % TAPS;
    this.#phase = (this.#phase + 1) % this.#factor;
    if (this.#phase !== 0) return undefined;
    let sum = 0;
    for (let k = 0; k < TAPS; k++) sum += at(this.#taps, k) * at(this.#history, (this.#next + k) % TAPS);
    return sum;
  }
}

/** Hamming-windowed sinc of unit gain. */
const lowPass = (factor: number): Float32Array => {
  const cut = CUTOFF / factor;
  const taps = Float32Array.from({ length: TAPS }, (_, k) => {
    const x = k - (TAPS - 1) / 2;
    const sinc = x === 0 ? cut : Math.sin(Math.PI * cut * x) / (Math.PI * x);
    return sinc * (0.54 - 0.46 * Math.cos((2 * Math.PI * k) / (TAPS - 1)));
  });
  const gain = taps.reduce((sum, tap) => sum + tap, 0);
  return taps.map((tap) => tap / gain);
};
