import { EAR_RATE } from "../../../bridge/core/frames.ts";

/** A recogniser is given this much at most at once: Moonshine was trained on short speech and loops on long. */
export const LONGEST_SEGMENT = 16 * EAR_RATE;
/** A longer turn is cut here at the earliest. */
const EARLIEST_CUT = 8 * EAR_RATE;
/** Length over which quietness is judged: 100 ms. */
const HUSH = EAR_RATE / 10;

/** Where to cut samples that are longer than `LONGEST_SEGMENT`: the middle of the quietest 100 ms between 18 and 28 s. */
export const quietCut = (samples: Float32Array): number => {
  const end = Math.min(samples.length, LONGEST_SEGMENT) - HUSH;
  let quietest = Number.POSITIVE_INFINITY;
  let cut = end;
  for (let from = EARLIEST_CUT; from <= end; from += HUSH / 2) {
    const energy = energyOf(samples.subarray(from, from + HUSH));
    if (energy >= quietest) continue;
    quietest = energy;
    cut = from + HUSH / 2;
  }
  return cut;
};

/** Mean square of samples; 0 for none. */
export const energyOf = (samples: Float32Array): number => {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : sum / samples.length;
};

/** -66 dBFS: below it there is only the noise of a converter. */
const SILENCE = 10 ** (-66 / 10);

/** True where no 100 ms is louder than the noise of a converter. */
export const isSilent = (samples: Float32Array): boolean => {
  for (let from = 0; from < samples.length; from += HUSH)
    if (energyOf(samples.subarray(from, from + HUSH)) > SILENCE) return false;
  return true;
};
