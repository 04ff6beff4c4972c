import { isAbort } from "../../bridge/core/errors.ts";
import { fromMillis, minus, plus, type Clock, type Micros } from "../../bridge/core/time.ts";
import type { AsrTurn } from "./provider.ts";

/** Words of a pause, and how long the recogniser took for them. */
export interface HeardWords {
  readonly text: string;
  readonly took: Micros;
}

export interface UserTurnOptions {
  readonly clock: Clock;
  readonly partials: boolean;
  /** New words; `final` where they cover the whole pause that is going on. */
  readonly onText: (text: string, final: boolean) => void;
  readonly onTrouble: (error: unknown) => void;
}

const WINDOW = fromMillis(32);
/** Quiet after which a pause is transcribed: a last soft consonant often lies under the threshold. */
const SETTLE = fromMillis(32);
/** The same where each transcription costs: most pauses inside a sentence are over by then. */
const SETTLE_COSTLY = fromMillis(160);
/** Quiet after which a pause is transcribed once more, with its draft: soft endings ("Americans") are heard late. */
const RECHECK = fromMillis(128);
/** New sound between two partials at least; and twice what the last one cost, so that long turns do not fill the core. */
const PARTIAL = fromMillis(240);

interface Task {
  readonly stop: AbortController;
  readonly startedAt: Micros;
  /** The pause it is to cover, or undefined for a partial. */
  readonly pause: Micros | undefined;
}

/**
 * One user turn while it is being heard: transcribes the growing sound when there is time, and each pause at once, so
 * that the words are ready when the silence has lasted long enough.
 */
export class UserTurn {
  readonly since: Micros;
  readonly #asr: AsrTurn;
  readonly #options: UserTurnOptions;
  #now: Micros;
  /** End of the last voiced window, where the user pauses. */
  #pause: Micros | undefined;
  /** The pause that has been transcribed twice. */
  #rechecked: Micros | undefined;
  #forced = false;
  #words: HeardWords | undefined;
  #task: Task | undefined;
  #text = "";
  #nextPartial: Micros;
  #closed = false;

  constructor(asr: AsrTurn, since: Micros, options: UserTurnOptions) {
    this.#asr = asr;
    this.#options = options;
    this.since = since;
    this.#now = since;
    this.#nextPartial = plus(since, PARTIAL);
  }

  /** The words of the pause that is going on, once known. */
  get heard(): HeardWords | undefined {
    return this.#pause === undefined ? undefined : this.#words;
  }

  /** Silence so far, in time of the sound. */
  get silence(): Micros {
    return this.#pause === undefined ? (0 as Micros) : minus(this.#now, this.#pause);
  }

  get endOfSpeech(): Micros {
    return this.#pause ?? this.#now;
  }

  get forced(): boolean {
    return this.#forced;
  }

  push(samples: Float32Array): void {
    this.#asr.push(samples);
  }

  /** Takes what the voice did in the window that ends at `at`. */
  hear(voice: "silent" | "onset" | "voice" | "fall" | "quiet" | "rise", at: Micros): void {
    this.#now = at;
    if (this.#forced) return;
    if (voice === "fall") this.#pause = minus(at, WINDOW);
    if (voice === "rise") this.#resume();
    if (this.#pause === undefined) return this.#partial();
    const settle = this.#options.partials ? SETTLE : SETTLE_COSTLY;
    if (this.silence >= plus(WINDOW, settle)) this.#cover(this.#pause);
    if (this.silence >= RECHECK) this.#recheck(this.#pause);
  }

  /** Ends the turn at `at`, in the middle of speech. */
  force(at: Micros): void {
    if (this.#forced) return;
    this.#forced = true;
    this.#pause ??= at;
    this.#cover(this.#pause);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#task?.stop.abort();
    this.#asr.close();
  }

  #resume(): void {
    this.#pause = undefined;
    this.#words = undefined;
    // What was to be the final text is a partial now: it goes on and becomes the next draft.
    if (this.#task !== undefined) this.#task = { ...this.#task, pause: undefined };
  }

  #partial(): void {
    if (!this.#options.partials || this.#task !== undefined || this.#now < this.#nextPartial) return;
    void this.#transcribe(undefined);
  }

  #cover(pause: Micros): void {
    if (this.#words !== undefined || this.#task?.pause === pause) return;
    this.#task?.stop.abort();
    void this.#transcribe(pause);
  }

  /** Never delays the decision: the words of `cover` stand until this is done. */
  #recheck(pause: Micros): void {
    if (!this.#options.partials || this.#rechecked === pause) return;
    if (this.#words === undefined || this.#task !== undefined) return;
    this.#rechecked = pause;
    void this.#transcribe(pause);
  }

  async #transcribe(pause: Micros | undefined): Promise<void> {
    const { clock, onText, onTrouble } = this.#options;
    const stop = new AbortController();
    const startedAt = clock.now();
    this.#task = { stop, startedAt, pause };
    const mine = (): Task | undefined => (this.#task?.stop === stop ? this.#task : undefined);
    try {
      const text = await this.#asr.transcribe(stop.signal);
      const task = mine();
      if (task === undefined || this.#closed) return;
      this.#task = undefined;
      const took = minus(clock.now(), startedAt);
      this.#nextPartial = plus(this.#now, Math.max(PARTIAL, 2 * took) as Micros);
      const final = task.pause !== undefined && task.pause === this.#pause;
      if (final) this.#words = { text, took };
      if (!final && text === this.#text) return;
      this.#text = text;
      onText(text, final);
    } catch (error) {
      const task = mine();
      if (task !== undefined) this.#task = undefined;
      if (this.#closed || isAbort(error, stop.signal)) return;
      onTrouble(error);
    }
  }
}
