/** Zero crossings of the windowed sinc on each side: 16 keeps aliases of speech under -80 dB. */
const CROSSINGS = 16;
/** The same going down, where the filter's slope must end below the new Nyquist frequency: 3 ms of sound at 16 kHz. */
const CROSSINGS_DOWN = 48;
/** Part of the new Nyquist frequency that passes going down; what the slope folds back garbles words for a recogniser. */
const PASS = 0.94;
/** Filters kept ready for a ratio: 22,050 to 48,000 Hz has 320 phases. Ratios with more compute each filter as they go. */
const MAX_PHASES = 1_024;

/**
 * Streaming resampler for mono sound between whole sample rates: a Kaiser-windowed sinc (J. O. Smith, "Digital Audio
 * Resampling") with one filter per phase of the ratio. Boundaries are exact integers, so a stream of any pieces gives
 * the samples the whole would give.
 */
export class Resampler {
  /** Output sample n lies at input sample n * step / phases. */
  readonly #step: number;
  readonly #phases: number;
  readonly #bank: FilterBank;
  /** Input not yet fully used; `#base` is the stream index of its first sample. */
  #held: Float32Array;
  #base: number;
  #produced = 0;

  constructor(options: { from: number; to: number }) {
    const { from, to } = options;
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 1 || to < 1)
      throw new RangeError("sample rates must be positive whole numbers");
    const common = gcd(from, to);
    this.#step = from / common;
    this.#phases = to / common;
    this.#bank = FilterBank.of(this.#step, this.#phases);
    this.#held = new Float32Array(this.#bank.reach);
    this.#base = -this.#bank.reach;
  }

  /** The output that is complete once `input` is known. */
  push(input: Float32Array): Float32Array {
    // The same rate needs no filter, and no delay.
    if (this.#step === this.#phases) return input.slice();
    const { reach, taps } = this.#bank;
    const joined = new Float32Array(this.#held.length + input.length);
    joined.set(this.#held);
    joined.set(input, this.#held.length);
    const end = this.#base + joined.length;
    const count = Math.max(0, Math.ceil(((end - reach) * this.#phases) / this.#step) - this.#produced);
    const out = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const at = (this.#produced + i) * this.#step;
      const whole = Math.floor(at / this.#phases);
      const filter = this.#bank.filter(at - whole * this.#phases);
      const first = whole - reach + 1 - this.#base;
      let sum = 0;
      for (let k = 0; k < taps; k++) sum += (joined[first + k] as number) * (filter[k] as number);
      out[i] = sum;
    }
    this.#produced += count;
    const next = Math.floor((this.#produced * this.#step) / this.#phases);
    const keepFrom = Math.max(0, next - reach + 1 - this.#base);
    this.#held = joined.slice(keepFrom);
    this.#base += keepFrom;
    return out;
  }

  /** The rest, as if silence followed. */
  flush(): Float32Array {
    return this.push(new Float32Array(this.#step === this.#phases ? 0 : this.#bank.reach));
  }
}

/** A whole sound at another rate, both in Hz and whole numbers; at the same rate the sound itself. */
export const resampled = (
  samples: Float32Array,
  { from, to }: { from: number; to: number },
): Float32Array => {
  const resampler = new Resampler({ from, to });
  if (from === to) return samples;
  const [body, tail] = [resampler.push(samples), resampler.flush()];
  const whole = new Float32Array(Math.round((samples.length * to) / from));
  whole.set(body.subarray(0, whole.length));
  whole.set(tail.subarray(0, whole.length - body.length), Math.min(body.length, whole.length));
  return whole;
};

/** The windowed sinc sampled at each phase of a ratio; shared by every resampler of that ratio. */
class FilterBank {
  static readonly #banks = new Map<string, FilterBank>();

  /** Input samples on each side that a filter sees. */
  readonly reach: number;
  readonly taps: number;
  readonly #phases: number;
  readonly #scale: number;
  readonly #crossings: number;
  readonly #ready: (Float32Array | undefined)[] = [];

  constructor(step: number, phases: number) {
    this.#phases = phases;
    // Going down, the filter widens so that nothing above the new Nyquist frequency passes.
    this.#scale = phases < step ? (PASS * phases) / step : 1;
    this.#crossings = phases < step ? CROSSINGS_DOWN : CROSSINGS;
    this.reach = Math.ceil(this.#crossings / this.#scale);
    this.taps = 2 * this.reach;
  }

  static of(step: number, phases: number): FilterBank {
    const key = `${step}/${phases}`;
    let bank = FilterBank.#banks.get(key);
    if (bank === undefined) {
      bank = new FilterBank(step, phases);
      if (phases <= MAX_PHASES) FilterBank.#banks.set(key, bank);
    }
    return bank;
  }

  filter(phase: number): Float32Array {
    return this.#ready[phase] ?? this.#make(phase);
  }

  #make(phase: number): Float32Array {
    const filter = new Float32Array(this.taps);
    for (let k = 0; k < this.taps; k++)
      filter[k] =
        this.#scale * kernel((k - this.reach + 1 - phase / this.#phases) * this.#scale, this.#crossings);
    if (this.#phases <= MAX_PHASES) this.#ready[phase] = filter;
    return filter;
  }
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

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

const BETA = 9;
const BESSEL_BETA = bessel(BETA);

/** The Kaiser-windowed sinc at `t` zero crossings from its centre. */
const kernel = (t: number, crossings: number): number => {
  if (Math.abs(t) >= crossings) return 0;
  const sinc = t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
  return (sinc * bessel(BETA * Math.sqrt(1 - (t / crossings) ** 2))) / BESSEL_BETA;
};

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
