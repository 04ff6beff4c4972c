import { AUDIO_PIECE, AUDIO_RATE, type SpeechChunk, type TurnId } from "../core/frames.ts";
import { Resampler, toInt16 } from "../core/resample.ts";
import { fromSamples, type Micros } from "../core/time.ts";

/** A piece of a turn's sound with its time: at most 10 ms at 48 kHz. */
export interface SoundPiece {
  readonly turn: TurnId;
  readonly pts: Micros;
  readonly pcm: Int16Array;
}

/** A chunk that waits to be cut, and how much of it has been. */
interface Waiting {
  readonly chunk: SpeechChunk;
  readonly pts: Micros;
  /** Samples of the chunk already cut. */
  cut: number;
  /** True once the turn has no sound after this chunk. */
  last: boolean;
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

/** Input taken at once, samples: a few milliseconds, so that cutting never holds up a thread. */
const STEP = 512;

/** Speech of any rate on its way to the engines, cut into pieces of 10 ms at 48 kHz only when their time comes. */
export class SpeechSound {
  #waiting: Waiting[] = [];
  #cutting: Cutting | undefined;

  /** Sound that waits to be cut. */
  get waiting(): Micros {
    return this.#waiting.reduce(
      (sum, { chunk, cut }) => sum + fromSamples(chunk.pcm.length - cut, chunk.sampleRate),
      0,
    ) as Micros;
  }

  /** Takes a chunk whose first sample is heard at `pts`. */
  add(chunk: SpeechChunk, pts: Micros): void {
    this.#waiting.push({ chunk, pts, cut: 0, last: false });
  }

  /** The turn has no more sound: its tail comes with its last chunk. */
  end(turn: TurnId): void {
    const last = this.#waiting.findLast(({ chunk }) => chunk.turn === turn);
    if (last !== undefined) last.last = true;
    else if (this.#cutting?.turn === turn)
      this.#waiting.unshift({ chunk: nothing(turn), pts: this.#cutting.next, cut: 0, last: true });
  }

  /** True while some of the turn's sound has not been taken. */
  holds(turn: TurnId): boolean {
    return this.#waiting.some(({ chunk }) => chunk.turn === turn);
  }

  /** Forgets the turn and those before it. */
  drop(turn: TurnId): void {
    this.#waiting = this.#waiting.filter(({ chunk }) => chunk.turn > turn);
    if (this.#cutting !== undefined && this.#cutting.turn <= turn) this.#cutting = undefined;
  }

  /** Cuts and yields what begins before `horizon`. */
  *take(horizon: Micros): Generator<SoundPiece> {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const { chunk, pts } = first;
      const at = pts + fromSamples(first.cut, chunk.sampleRate);
      if (at > horizon) return;
      if (first.cut === 0) yield* this.#open(chunk, pts);
      const cutting = this.#cutting;
      if (cutting === undefined) return;
      const input = chunk.pcm.subarray(first.cut, first.cut + STEP);
      first.cut += input.length;
      if (first.cut >= chunk.pcm.length) this.#waiting.shift();
      yield* pieces(cutting, cutting.resampler.push(input), AUDIO_PIECE);
      if (first.last && first.cut >= chunk.pcm.length) yield* this.#close();
    }
  }

  /** Goes on with the clause being cut where `chunk` follows it without a gap, else begins another. */
  *#open(chunk: SpeechChunk, pts: Micros): Generator<SoundPiece> {
    const { turn, clause, sampleRate } = chunk;
    const end = (pts + fromSamples(chunk.pcm.length, sampleRate)) as Micros;
    const last = this.#cutting;
    if (
      last?.turn === turn &&
      (chunk.pcm.length === 0 ||
        (last.clause === clause && last.sampleRate === sampleRate && Math.abs(pts - last.next) < 1_000))
    ) {
      last.next = end;
      return;
    }
    yield* this.#close();
    const resampler = new Resampler({ from: sampleRate, to: AUDIO_RATE });
    this.#cutting = {
      turn,
      clause,
      sampleRate,
      resampler,
      begin: pts,
      next: end,
      written: 0,
      rest: new Float32Array(0),
    };
  }

  /** What is left of the clause being cut. */
  *#close(): Generator<SoundPiece> {
    const cutting = this.#cutting;
    this.#cutting = undefined;
    if (cutting !== undefined) yield* pieces(cutting, cutting.resampler.flush(), 1);
  }
}

/** A chunk without sound, to carry the end of a turn whose sound has all been cut. */
const nothing = (turn: TurnId): SpeechChunk => ({
  turn,
  clause: -1,
  offset: 0 as Micros,
  sampleRate: AUDIO_RATE,
  pcm: new Float32Array(0),
  text: "",
  lang: "en",
  phonemes: undefined,
});

/** Appends `samples` and yields whole pieces, and a last one of at least `shortest` samples. */
function* pieces(cutting: Cutting, samples: Float32Array, shortest: number): Generator<SoundPiece> {
  const joined = new Float32Array(cutting.rest.length + samples.length);
  joined.set(cutting.rest);
  joined.set(samples, cutting.rest.length);
  let at = 0;
  while (joined.length - at >= shortest) {
    const piece = joined.subarray(at, Math.min(joined.length, at + AUDIO_PIECE));
    const pts = (cutting.begin + fromSamples(cutting.written, AUDIO_RATE)) as Micros;
    yield { turn: cutting.turn, pts, pcm: toInt16(piece) };
    cutting.written += piece.length;
    at += piece.length;
  }
  cutting.rest = joined.slice(at);
}
