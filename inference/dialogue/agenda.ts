import type { Lang } from "../../bridge/core/frames.ts";
import type { Micros } from "../../bridge/core/time.ts";
import { mergeWords } from "./memory.ts";

/** When the user finished, and when we knew. */
export interface Asked {
  readonly endOfSpeech: Micros;
  readonly decided: Micros;
  readonly asked: Micros;
}

export type Job =
  /** Answer the user's words; without words, those that memory already holds. */
  | { readonly kind: "answer"; readonly lang: Lang; readonly words: string; readonly asked: Asked }
  /** Speak a line as it is. */
  | { readonly kind: "say"; readonly lang: Lang; readonly text: string }
  /** The apology for a turn that failed. */
  | { readonly kind: "apology"; readonly lang: Lang; readonly text: string };

/** Lines that may wait to be said. */
export const SAYS_MAX = 8;
/** Characters of the user's that may wait for a turn to stop. */
const WORDS_MAX = 4_000;

/** What a puppet has yet to do: the user first, then what was cut or failed, then lines to say. */
export class Agenda {
  #words: Extract<Job, { kind: "answer" }> | undefined;
  #resumed: Job | undefined;
  #apology: Job | undefined;
  #says: Job[] = [];

  /** True where the user waits for an answer that has not begun. */
  get asked(): boolean {
    return this.#words !== undefined;
  }

  /** Words to answer; several that come before the first is taken are one turn. */
  hear(words: string, about: { lang: Lang; asked: Asked }): void {
    const all = this.#words === undefined ? words : mergeWords(this.#words.words, words);
    this.#words = { kind: "answer", words: all.slice(-WORDS_MAX), ...about };
  }

  /** A line to say; false where too many wait. */
  say(text: string, lang: Lang): boolean {
    if (this.#says.length >= SAYS_MAX) return false;
    this.#says.push({ kind: "say", lang, text });
    return true;
  }

  apologize(text: string, lang: Lang): void {
    this.#apology = { kind: "apology", lang, text };
  }

  /** Does `job` again, if nothing else is heard. */
  resume(job: Job): void {
    this.#resumed = job;
  }

  clear(): void {
    this.#words = undefined;
    this.#resumed = undefined;
    this.#apology = undefined;
    this.#says = [];
  }

  /** The next job. While the user speaks only an answer to words that are already known. */
  next(options: { hearing: boolean }): Job | undefined {
    if (this.#words !== undefined) {
      const job = this.#words;
      this.#words = undefined;
      this.#resumed = undefined;
      this.#apology = undefined;
      return job;
    }
    if (options.hearing) return undefined;
    const job = this.#resumed ?? this.#apology ?? this.#says.shift();
    this.#resumed = undefined;
    if (job?.kind === "apology") this.#apology = undefined;
    return job;
  }
}
