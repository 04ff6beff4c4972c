import { EAR_RATE } from "../../bridge/core/frames.ts";
import { resampled } from "../../bridge/core/resample.ts";
import { fromSamples, plus, type Clock, type Micros } from "../../bridge/core/time.ts";
import type { WavSound } from "../../bridge/core/wav.ts";

/** A piece of heard sound: mono, 16 kHz, -1..1. `at` is the pts of its first sample. */
export interface EarPiece {
  readonly at: Micros;
  readonly samples: Float32Array;
}

/** 20 ms, what a microphone delivers at once. */
const PIECE = EAR_RATE / 50;

/** Sound of a file at the ears' rate. */
export const earSamples = (sound: WavSound): Float32Array =>
  resampled(sound.samples, { from: sound.sampleRate, to: EAR_RATE });

/**
 * A sound as a microphone would hear it: 20 ms pieces, each at the time its last sample has been heard. `silence` is
 * heard afterwards, so that whoever listens can tell that the user has finished.
 */
export async function* wavSource(
  samples: Float32Array,
  options: { readonly clock: Clock; readonly signal: AbortSignal; readonly silence?: Micros },
): AsyncGenerator<EarPiece, void, undefined> {
  const { clock, signal, silence = 0 as Micros } = options;
  const start = clock.now();
  const end = samples.length + Math.round((silence * EAR_RATE) / 1_000_000);
  for (let from = 0; from < end; from += PIECE) {
    const to = Math.min(from + PIECE, end);
    await clock.sleepUntil(plus(start, fromSamples(to, EAR_RATE)), signal);
    const piece = new Float32Array(to - from);
    if (from < samples.length) piece.set(samples.subarray(from, to));
    yield { at: plus(start, fromSamples(from, EAR_RATE)), samples: piece };
  }
}
