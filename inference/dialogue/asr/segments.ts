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

/** Only a sound this short is read as nothing, or as other words, for the silence around it. */
const SHORT = 2 * EAR_RATE;
/** Left of the silence before a short sound: 100 ms, for soft first consonants. */
const LEAD = EAR_RATE / 10;
/** Length over which edges are judged, 20 ms, and how far under its loudest such piece a sound begins: 35 dB. */
const STEP = EAR_RATE / 50;
const EDGE = 10 ** (-35 / 10);

/**
 * A short sound without the quiet at its edges; a longer one as it is. With 300 ms of silence in front, "Who are you?"
 * in half a second is heard as nothing or "To my you", with 100 ms as itself.
 */
export const withoutEdges = (samples: Float32Array): Float32Array => {
  if (samples.length > SHORT) return samples;
  const energies = Array.from({ length: Math.ceil(samples.length / STEP) }, (_, i) =>
    energyOf(samples.subarray(i * STEP, (i + 1) * STEP)),
  );
  const loud = Math.max(...energies) * EDGE;
  const sounds = (energy: number): boolean => energy > loud;
  const first = energies.findIndex(sounds) * STEP;
  const end = (energies.findLastIndex(sounds) + 1) * STEP;
  return samples.subarray(Math.max(0, first - LEAD), end);
};
