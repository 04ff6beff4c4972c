/** Zero crossings of the windowed sinc on each side: 48 keep the pass band flat to 0.9 of Nyquist. */
const CROSSINGS = 48;
/** Kaiser window parameter: side lobes below -80 dB. */
const BETA = 8;
/** Part of the smaller Nyquist frequency that passes; the rest is the filter's slope. */
const PASS = 0.94;

/** Samples at `to` Hz of a whole sound at `from` Hz: a polyphase windowed sinc, band-limited to the lower rate. */
export const resample = (samples: Float32Array, from: number, to: number): Float32Array => {
  if (!(from > 0) || !(to > 0)) throw new RangeError("sample rates must be above 0");
  if (from === to) return samples;
  const divisor = gcd(from, to);
  const up = to / divisor;
  const down = from / divisor;
  const cutoff = PASS * Math.min(1, to / from);
  const reach = Math.ceil(CROSSINGS / cutoff);
  const phases = phaseTable({ up, reach, cutoff });
  const taps = 2 * reach;
  const out = new Float32Array(Math.round((samples.length * to) / from));
  for (let i = 0; i < out.length; i++) {
    const place = i * down;
    const phase = place % up;
    const first = (place - phase) / up - reach + 1;
    const kernel = phases(phase);
    let sum = 0;
    const begin = Math.max(0, -first);
    const end = Math.min(taps, samples.length - first);
    for (let tap = begin; tap < end; tap++) sum += (samples[first + tap] ?? 0) * (kernel[tap] ?? 0);
    out[i] = sum;
  }
  return out;
};

/** Kernels by phase, made when first needed: odd pairs of rates have thousands, and short sounds need few. */
const phaseTable = ({ up, reach, cutoff }: { up: number; reach: number; cutoff: number }) => {
  const made = new Map<number, Float64Array>();
  return (phase: number): Float64Array => {
    const known = made.get(phase);
    if (known !== undefined) return known;
    const kernel = Float64Array.from({ length: 2 * reach }, (_, tap) => {
      const distance = tap - reach + 1 - phase / up;
      return cutoff * sinc(cutoff * distance) * kaiser(distance / reach);
    });
    // Each phase passes a constant unchanged; without this, quantised windows whisper at the phase rate.
    const gain = kernel.reduce((sum, value) => sum + value, 0);
    const fair = kernel.map((value) => value / gain);
    made.set(phase, fair);
    return fair;
  };
};

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const kaiser = (x: number): number =>
  Math.abs(x) >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA);

/** Modified Bessel function of the first kind, order 0, by its power series. */
const bessel = (x: number): number => {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
};
