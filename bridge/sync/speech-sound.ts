import { AUDIO_PIECE, AUDIO_RATE, type SpeechChunk, type TurnId } from "../core/frames.ts";
import { Resampler, toInt16 } from "../core/resample.ts";
import { fromSamples, type Micros } from "../core/time.ts";

/** A piece of sound with its time. */
export interface SoundPiece {
  readonly pts: Micros;
  readonly pcm: Int16Array;
}

/** The clause being cut: its resampler, the samples short of a piece, and where the next piece goes. */
interface Cutting {
  readonly turn: TurnId;
  readonly clause: number;
  readonly sampleRate: number;
  readonly resampler: Resampler;
  readonly begin: Micros;
  /** Pts expected of the next chunk of this clause. */
  next: Micros;
  written: number;
  rest: Float32Array;
}

/** Cuts speech chunks of any rate into pieces of 10 ms at 48 kHz. */
export class SpeechSound {
  #cutting: Cutting | undefined;

  /** Pieces that are complete with `chunk`, whose first sample is heard at `pts`. */
  *cut(chunk: SpeechChunk, pts: Micros): Generator<SoundPiece> {
    const last = this.#cutting;
    const continues =
      last !== undefined &&
      last.turn === chunk.turn &&
      last.clause === chunk.clause &&
      last.sampleRate === chunk.sampleRate &&
      Math.abs(pts - last.next) < 1_000;
    if (!continues) {
      if (last !== undefined) yield* this.end(last.turn);
      this.#cutting = {
        turn: chunk.turn,
        clause: chunk.clause,
        sampleRate: chunk.sampleRate,
        resampler: new Resampler({ from: chunk.sampleRate, to: AUDIO_RATE }),
        begin: pts,
        next: pts,
        written: 0,
        rest: new Float32Array(0),
      };
    }
    const cutting = this.#cutting as Cutting;
    cutting.next = (pts + fromSamples(chunk.pcm.length, chunk.sampleRate)) as Micros;
    yield* pieces(cutting, cutting.resampler.push(chunk.pcm), AUDIO_PIECE);
  }

  /** What is left of the turn's last clause. */
  *end(turn: TurnId): Generator<SoundPiece> {
    const cutting = this.#cutting;
    if (cutting === undefined || cutting.turn !== turn) return;
    this.#cutting = undefined;
    yield* pieces(cutting, cutting.resampler.flush(), 1);
  }

  /** Forgets a flushed turn. */
  drop(turn: TurnId): void {
    if (this.#cutting !== undefined && this.#cutting.turn <= turn) this.#cutting = undefined;
  }
}

/** Appends `samples` and yields whole pieces, and a last one of at least `shortest` samples. */
function* pieces(cutting: Cutting, samples: Float32Array, shortest: number): Generator<SoundPiece> {
  const joined = new Float32Array(cutting.rest.length + samples.length);
  joined.set(cutting.rest);
  joined.set(samples, cutting.rest.length);
  let at = 0;
  while (joined.length - at >= Math.max(1, Math.min(shortest, AUDIO_PIECE))) {
    const piece = joined.subarray(at, Math.min(joined.length, at + AUDIO_PIECE));
    yield { pts: (cutting.begin + fromSamples(cutting.written, AUDIO_RATE)) as Micros, pcm: toInt16(piece) };
    cutting.written += piece.length;
    at += piece.length;
  }
  cutting.rest = joined.slice(at);
}
