import { BunrakuError } from "../../bridge/core/errors.ts";
import { AUDIO_RATE, type Lang, type SpeechChunk, type TurnId } from "../../bridge/core/frames.ts";
import { Resampler, toFloat32 } from "../../bridge/core/resample.ts";
import { orAbort } from "../../bridge/core/stage.ts";
import { fromSamples, type Micros } from "../../bridge/core/time.ts";
import type { SpokenWord } from "../../bridge/wire/messages.ts";

/** Sound that may wait to be spoken: a realtime API sends an answer faster than it is heard. */
const MAX_WAITING_S = 60;
const MAX_PIECES = 16_384;
const MAX_WORDS = 4_096;
/** The first sound of a turn waits until there is this much of it, so that a jittery network is not heard: 60 ms. */
const PREROLL = 2_880;
/** Most samples of a chunk: 200 ms. A shorter chunk follows words more closely; a longer one saves work. */
const MAX_CHUNK = 9_600;
/** Words of one clause of a subtitle. */
const CLAUSE_WORDS = 24;

/** One turn of another agent's voice, as it streams in: sound in order, words with their times if it knows them. */
export class AgentSpeech {
  #rate: number | undefined;
  #resampler: Resampler | undefined;
  #pieces: Float32Array[] = [];
  #waiting = 0;
  #begun = false;
  #finished = false;
  #taken = 0;
  #words: SpokenWord[] = [];
  #shown = 0;
  #wake: (() => void) | undefined;

  /** True once no more sound will come. */
  get finished(): boolean {
    return this.#finished;
  }

  /** Takes sound in order. Throws fault `input` for another rate within the turn, and for sound beyond a minute ahead. */
  push(sound: { readonly sampleRate: number; readonly pcm: Int16Array }): void {
    if (this.#finished || sound.pcm.length === 0) return;
    this.#rate ??= sound.sampleRate;
    this.#resampler ??= new Resampler({ from: sound.sampleRate, to: AUDIO_RATE });
    if (sound.sampleRate !== this.#rate)
      throw new BunrakuError("input", `the sample rate changed within a turn, from ${this.#rate} Hz`);
    if (this.#waiting > MAX_WAITING_S * AUDIO_RATE || this.#pieces.length >= MAX_PIECES)
      throw new BunrakuError(
        "input",
        `more than ${MAX_WAITING_S} s of sound wait to be heard; it is left out`,
      );
    this.#add(this.#resampler.push(toFloat32(sound.pcm)));
  }

  /** Takes words with their offsets in the turn; those after the first 4,096 are left out. */
  addWords(words: readonly SpokenWord[]): void {
    this.#words.push(...words.slice(0, MAX_WORDS - this.#words.length));
    this.#words.sort((a, b) => a.start - b.start);
  }

  /** No more sound. */
  finish(): void {
    if (this.#finished) return;
    if (this.#resampler !== undefined) this.#add(this.#resampler.flush());
    this.#finished = true;
    this.#wake?.();
  }

  /** What has come as chunks of at most 200 ms, each as soon as it is there, until the turn is whole. */
  async *chunks(turn: TurnId, options: { lang: Lang; signal: AbortSignal }): AsyncGenerator<SpeechChunk> {
    const { lang, signal } = options;
    let clause = 0;
    for (;;) {
      signal.throwIfAborted();
      const enough = this.#begun || this.#finished ? 1 : PREROLL;
      if (this.#waiting < enough) {
        if (this.#finished) return;
        await orAbort(new Promise<void>((resolve) => (this.#wake = resolve)), signal);
        continue;
      }
      this.#begun = true;
      const pcm = this.#take();
      const offset = fromSamples(this.#taken, AUDIO_RATE);
      this.#taken += pcm.length;
      const text = this.#clauseBefore(fromSamples(this.#taken, AUDIO_RATE));
      if (text !== "" && offset > 0) clause++;
      yield { turn, clause, offset, sampleRate: AUDIO_RATE, pcm, text, lang, phonemes: undefined };
    }
  }

  /** The words that were begun and half spoken by `offset`; empty where the voice sends none. */
  textUpTo(offset: Micros): string {
    return joinWords(this.#words.filter(({ start, end }) => (start + end) / 2 < offset));
  }

  #add(samples: Float32Array): void {
    if (samples.length === 0) return;
    this.#pieces.push(samples);
    this.#waiting += samples.length;
    this.#wake?.();
  }

  /** What waits, up to a chunk. */
  #take(): Float32Array {
    const pcm = new Float32Array(Math.min(this.#waiting, MAX_CHUNK));
    let at = 0;
    while (at < pcm.length) {
      const piece = this.#pieces.shift() ?? pcm;
      const part = piece.subarray(0, pcm.length - at);
      pcm.set(part, at);
      at += part.length;
      if (part.length < piece.length) this.#pieces.unshift(piece.subarray(part.length));
    }
    this.#waiting -= pcm.length;
    return pcm;
  }

  /** The next clause, where its first word begins before `end`: up to a full stop, or to the last word that is known. */
  #clauseBefore(end: Micros): string {
    const first = this.#words[this.#shown];
    if (first === undefined || first.start >= end) return "";
    const from = this.#shown;
    while (this.#shown < this.#words.length && this.#shown - from < CLAUSE_WORDS)
      if (/[.!?。！？…]["'”’)]*$/u.test(this.#words[this.#shown++]?.text ?? "")) break;
    return joinWords(this.#words.slice(from, this.#shown));
  }
}

/** Words as text: a space between them except beside Chinese. */
const joinWords = (words: readonly SpokenWord[]): string =>
  words.reduce((text, word) => {
    const next = word.text.trim();
    const tight =
      text === "" || /[\p{Script=Han}，。！？、：；]$/u.test(text) || /^[\p{Script=Han}，。！？]/u.test(next);
    return tight ? text + next : `${text} ${next}`;
  }, "");
