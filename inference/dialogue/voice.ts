import { asBunrakuError, isAbort, type BunrakuError } from "../../bridge/core/errors.ts";
import type { Lang, Phoneme, SpeechChunk, TurnId } from "../../bridge/core/frames.ts";
import type { Log } from "../../bridge/core/log.ts";
import { Channel } from "../../bridge/core/channel.ts";
import {
  fromMillis,
  fromSamples,
  fromSeconds,
  plus,
  type Clock,
  type Micros,
} from "../../bridge/core/time.ts";
import { clauses, type Clause } from "./chunker.ts";
import type { Tts, TtsPiece } from "./provider.ts";
import { displayText, isSpeakable, spokenText } from "./text/speakable.ts";
import { pauseAfter, trailingSilence } from "./text/pause.ts";

export interface VoiceOptions {
  readonly tts: Tts;
  /** Speaks a clause that `tts` could not. */
  readonly fallback?: Tts | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Told, at most once a turn, why `tts` could not speak; what the fallback then says is not lost. */
  readonly troubled?: ((error: BunrakuError) => void) | undefined;
}

/** Clauses being made ahead of the one that is handed out: one waits whole, one is in the making. */
const AHEAD = 1;
/** Pieces of one clause made ahead: 16 s of the embedded voice's 250 ms pieces. A stream beyond that waits. */
const PIECES = 64;
/** How long a failed voice rests before it is tried again, where there is a fallback. */
const REST: Micros = fromSeconds(30);

/** A clause on its way: what is shown, and its sound as it is made. */
interface Job {
  readonly clause: Clause;
  readonly display: string;
  readonly pieces: Channel<TtsPiece>;
}

/** A puppet's voice: text pieces of a turn in, sound with phonemes out. One for each puppet; turns may overlap. */
export class Voice {
  readonly #options: VoiceOptions;
  #restingUntil = 0 as Micros;
  #troubledTurn: TurnId | undefined;

  constructor(options: VoiceOptions) {
    this.#options = options;
  }

  /**
   * Speaks `text` as it arrives. Offsets run on from 0 through the turn with a natural pause between clauses; the pause is
   * a gap between chunks, not silent samples. A clause that no provider can speak is logged and left out. Throws what
   * aborted `signal`, and an error of `text` itself after the clauses before it.
   */
  async *speak(
    turn: TurnId,
    text: AsyncIterable<string>,
    { lang, signal: caller }: { lang: Lang; signal: AbortSignal },
  ): AsyncGenerator<SpeechChunk, void, undefined> {
    // A consumer that stops pulling ends the clauses in the making, as an abort does.
    const left = new AbortController();
    const signal = AbortSignal.any([caller, left.signal]);
    const jobs = new Channel<Job>({ capacity: AHEAD, overflow: "block" });
    void this.#makeAll(turn, clauses(text, { lang, signal }), { jobs, signal });
    let offset = 0 as Micros;
    let unspoken = "";
    try {
      for await (const job of jobs.read(signal)) {
        let display = unspoken + job.display;
        let tail: TtsPiece | undefined;
        const start = offset;
        let samples = 0;
        for await (const piece of job.pieces.read(signal)) {
          if (piece.pcm.length === 0) continue;
          yield {
            turn,
            clause: job.clause.index,
            offset,
            sampleRate: piece.sampleRate,
            pcm: piece.pcm,
            text: display,
            lang: job.clause.lang,
            phonemes: moved(piece.phonemes, start),
          };
          display = "";
          samples += piece.pcm.length;
          // From the whole count: adding rounded lengths would drift.
          offset = plus(start, fromSamples(samples, piece.sampleRate));
          tail = piece;
        }
        unspoken = tail === undefined && !isSpeakable(job.display) ? display : "";
        if (tail !== undefined) offset = plus(offset, gapAfter(job.clause, tail));
      }
    } finally {
      left.abort(new DOMException("the listener left", "AbortError"));
    }
  }

  /** Hands a job on for each clause and makes its sound; at most two are made ahead of the reader. Never rejects. */
  async #makeAll(
    turn: TurnId,
    source: AsyncIterable<Clause>,
    { jobs, signal }: { jobs: Channel<Job>; signal: AbortSignal },
  ): Promise<void> {
    let before: Promise<void> = Promise.resolve();
    try {
      for await (const clause of source) {
        const display = displayText(clause.text).trimStart();
        const job = {
          clause,
          display,
          pieces: new Channel<TtsPiece>({ capacity: PIECES, overflow: "block" }),
        };
        // One at a time: the clause that is heard next is never slowed by the one after it.
        before = before.then(() => this.#make(turn, job, signal));
        await jobs.send(job, signal);
      }
      jobs.close();
    } catch (error) {
      jobs.close(error);
    }
  }

  /** Fills a job's channel and closes it. Never rejects. */
  async #make(turn: TurnId, job: Job, signal: AbortSignal): Promise<void> {
    try {
      if (isSpeakable(spokenText(job.display))) await this.#synthesise(turn, job, signal);
      job.pieces.close();
    } catch (error) {
      job.pieces.close(error);
    }
  }

  async #synthesise(turn: TurnId, job: Job, signal: AbortSignal): Promise<void> {
    const { tts, fallback, clock, log } = this.#options;
    const resting = fallback !== undefined && clock.now() < this.#restingUntil;
    const voices = [resting ? undefined : tts, fallback].filter((voice) => voice !== undefined);
    for (const [at, voice] of voices.entries()) {
      const failure = await this.#speakWith(voice, job, signal);
      if (failure === undefined) return;
      const fields = {
        turn,
        clause: job.clause.index,
        fault: failure.error.fault,
        reason: failure.error.message,
      };
      if (voice === tts) {
        this.#restingUntil = plus(clock.now(), REST);
        if (this.#troubledTurn !== turn) this.#options.troubled?.(failure.error);
        this.#troubledTurn = turn;
      }
      if (failure.begun) return log.warn("clause cut short", fields);
      log.warn(at + 1 < voices.length ? "clause moves to the fallback voice" : "clause skipped", fields);
    }
  }

  /** The failure, or undefined where the clause was spoken whole. `begun` where part of it is already on its way. */
  async #speakWith(
    voice: Tts,
    job: Job,
    signal: AbortSignal,
  ): Promise<{ error: BunrakuError; begun: boolean } | undefined> {
    let begun = false;
    try {
      for await (const piece of voice.speak(job.display, { lang: job.clause.lang, signal })) {
        await job.pieces.send(piece, signal);
        begun = true;
      }
      return undefined;
    } catch (error) {
      if (isAbort(error, signal)) throw error;
      return { error: asBunrakuError(error), begun };
    }
  }
}

const moved = (phonemes: readonly Phoneme[] | undefined, by: Micros): readonly Phoneme[] | undefined =>
  phonemes?.map(({ symbol, start, end }) => ({ symbol, start: plus(start, by), end: plus(end, by) }));

/** The pause after a clause, less the silence its voice has already left at its end. */
const gapAfter = (clause: Clause, tail: TtsPiece): Micros => {
  const left = pauseAfter(clause.text) - fromSamples(trailingSilence(tail.pcm), tail.sampleRate);
  return Math.max(fromMillis(0), left) as Micros;
};
