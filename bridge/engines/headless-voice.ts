import { BunrakuError, isAbort } from "../core/errors.ts";
import { EAR_RATE } from "../core/frames.ts";
import { fromSamples, plus, type Clock, type Micros } from "../core/time.ts";

/** A sound to speak, one channel. */
interface Sound {
  readonly sampleRate: number;
  readonly pcm: Int16Array;
}

/** One piece of a microphone; `at` is the daemon-side capture time of its first sample on the caller's clock. */
export interface VoicePiece {
  readonly at: Micros;
  readonly sampleRate: number;
  readonly pcm: Int16Array;
}

/** 20 ms, or 10 where 20 would not fit a message. */
const pieceOf = (sampleRate: number): number => Math.round(sampleRate * (sampleRate > 34_000 ? 0.01 : 0.02));
/** Files that may wait to be spoken. */
const MAX_WAITING = 16;

interface Spoken extends Sound {
  readonly started: (at: Micros) => void;
  readonly ended: (at: Micros) => void;
}

/** A microphone in real time: silence, and wav files as they are played into it. */
export class FileMicrophone {
  readonly #clock: Clock;
  readonly #send: (piece: VoicePiece) => void;
  #waiting: Spoken[] = [];

  constructor(options: { clock: Clock; send: (piece: VoicePiece) => void }) {
    this.#clock = options.clock;
    this.#send = options.send;
  }

  /** Speaks a file after those that wait; `started` and `ended` are the times of its first and past its last sample. */
  play(sound: Sound, told: { started: (at: Micros) => void; ended: (at: Micros) => void }): void {
    if (this.#waiting.length >= MAX_WAITING)
      throw new BunrakuError("input", `more than ${MAX_WAITING} wav files wait to be spoken`);
    this.#waiting.push({ ...sound, ...told });
  }

  /** Forgets what is being spoken and what waits. */
  stop(): void {
    this.#waiting = [];
  }

  /** Runs until the signal is aborted. A piece is sent when its last sample has been captured. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      let rate = EAR_RATE;
      let start = this.#clock.now();
      let spoken = 0;
      let from = 0;
      let wav: Spoken | undefined;
      while (!signal.aborted) {
        if (wav !== undefined && !this.#waiting.includes(wav)) wav = undefined;
        if (wav === undefined && this.#waiting[0] !== undefined) {
          wav = this.#waiting[0];
          from = 0;
          start = plus(start, fromSamples(spoken, rate));
          spoken = 0;
          rate = wav.sampleRate;
          wav.started(start);
        }
        const pcm = new Int16Array(pieceOf(rate));
        if (wav !== undefined) pcm.set(wav.pcm.subarray(from, from + pcm.length));
        const at = plus(start, fromSamples(spoken, rate));
        spoken += pcm.length;
        from += pcm.length;
        await this.#clock.sleepUntil(plus(start, fromSamples(spoken, rate)), signal);
        this.#send({ at, sampleRate: rate, pcm });
        if (wav !== undefined && from >= wav.pcm.length) {
          wav.ended(plus(at, fromSamples(wav.pcm.length - (from - pcm.length), rate)));
          this.#waiting.shift();
          wav = undefined;
        }
      }
    } catch (error) {
      if (!isAbort(error, signal)) throw error;
    }
  }
}
