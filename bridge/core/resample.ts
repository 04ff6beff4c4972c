/** Zero crossings of the windowed sinc on each side: 16 keeps aliases of speech under -80 dB. */
const CROSSINGS = 16;
/** Table entries per zero crossing; linear interpolation between them is exact enough for 16-bit sound. */
const STEPS = 256;

/**
 * Streaming resampler for mono sound: a Kaiser-windowed sinc (J. O. Smith, "Digital Audio Resampling"), any ratio.
 * Boundaries are cumulative, so a stream of any pieces gives the samples the whole would give.
 */
export class Resampler {
  readonly #ratio: number;
  readonly #scale: number;
  readonly #reach: number;
  /** Input not yet fully used; `#base` is the stream index of its first sample. */
  #held: Float32Array;
  #base: number;
  #produced = 0;

  constructor(options: { from: number; to: number }) {
    if (!(options.from > 0) || !(options.to > 0)) throw new RangeError("sample rates must be positive");
    this.#ratio = options.from / options.to;
    this.#scale = Math.min(1, 1 / this.#ratio);
    this.#reach = Math.ceil(CROSSINGS / this.#scale);
    this.#held = new Float32Array(this.#reach);
    this.#base = -this.#reach;
  }

  /** The output that is complete once `input` is known. */
  push(input: Float32Array): Float32Array {
    const joined = new Float32Array(this.#held.length + input.length);
    joined.set(this.#held);
    joined.set(input, this.#held.length);
    const end = this.#base + joined.length;
    const count = Math.max(0, Math.ceil((end - this.#reach) / this.#ratio) - this.#produced);
    const out = new Float32Array(count);
    if (this.#ratio === 1) {
      for (let i = 0; i < count; i++) out[i] = joined[this.#produced + i - this.#base] ?? 0;
    } else {
      for (let i = 0; i < count; i++)
        out[i] = this.#at(joined, (this.#produced + i) * this.#ratio - this.#base);
    }
    this.#produced += count;
    const keepFrom = Math.max(0, Math.floor(this.#produced * this.#ratio) - this.#reach - this.#base);
    this.#held = joined.slice(keepFrom);
    this.#base += keepFrom;
    return out;
  }

  /** The rest, as if silence followed. */
  flush(): Float32Array {
    return this.push(new Float32Array(this.#reach));
  }

  #at(samples: Float32Array, position: number): number {
    const first = Math.max(0, Math.ceil(position - this.#reach));
    const last = Math.min(samples.length - 1, Math.floor(position + this.#reach));
    const step = this.#scale * STEPS;
    let sum = 0;
    for (let i = first; i <= last; i++) {
      const x = Math.abs(position - i) * step;
      const k = x | 0;
      const a = KERNEL[k] ?? 0;
      sum += (samples[i] ?? 0) * (a + ((KERNEL[k + 1] ?? 0) - a) * (x - k));
    }
    return sum * this.#scale;
  }
}

/** Modified Bessel function of the first kind, order 0, by its series. */
const bessel = (x: number): number => {
  let term = 1;
  let sum = 1;
  for (let k = 1; k < 30; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
};

const KERNEL = ((): Float32Array => {
  const beta = 9;
  const table = new Float32Array(CROSSINGS * STEPS + 2);
  for (let i = 0; i <= CROSSINGS * STEPS; i++) {
    const t = i / STEPS;
    const sinc = t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
    table[i] = (sinc * bessel(beta * Math.sqrt(Math.max(0, 1 - (t / CROSSINGS) ** 2)))) / bessel(beta);
  }
  return table;
})();

/** Samples -1..1 as 16-bit; outside is clipped and NaN is silence. */
export const toInt16 = (samples: Float32Array): Int16Array => {
  const pcm = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] ?? 0;
    pcm[i] = Math.round(Math.max(-1, Math.min(1, Number.isFinite(sample) ? sample : 0)) * 32_767);
  }
  return pcm;
};

/** 16-bit samples as -1..1. */
export const toFloat32 = (pcm: Int16Array): Float32Array => {
  const samples = new Float32Array(pcm.length);
  for (let i = 0; i < pcm.length; i++) samples[i] = (pcm[i] ?? 0) / 32_768;
  return samples;
};
