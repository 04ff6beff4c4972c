import { asBunrakuError, BunrakuError, reasonOf } from "../../bridge/core/errors.ts";
import type { Heard, Lang, SpeechChunk, TurnId } from "../../bridge/core/frames.ts";
import type { Log } from "../../bridge/core/log.ts";
import { fromMillis, fromSeconds, plus, type Clock, type Micros } from "../../bridge/core/time.ts";
import type { Performance, Speaker } from "./conversation-ports.ts";
import { pull, within } from "./deadline.ts";
import { Reply } from "./reply.ts";

/** Longest wait for sound, above every wait for text (`MIND` in conversation.ts): then the voice is at fault. */
const VOICE = fromSeconds(60);
/** Longest an engine may take beyond the sound it has been given. */
const GRACE = fromSeconds(10);
/** Longest wait for engines to stop; they have a deadline of their own below it. */
const FLUSH = fromSeconds(2);
/** Rounding and the last packet: what ends this close to the end was heard whole. */
const WHOLE = fromMillis(60);

const NEVER = new AbortController().signal;

/** Who stopped a turn. */
export type Interrupter = "user" | "text" | "operator" | "close";

export interface AgentTurnOptions {
  readonly id: TurnId;
  readonly lang: Lang;
  readonly speaker: Speaker;
  readonly performance: Performance;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with each chunk before it is handed over. */
  readonly said: (chunk: SpeechChunk) => void;
  /** Called once, when the first chunk has been taken. */
  readonly speaking: () => void;
}

/** How a turn ended. */
export interface TurnOutcome {
  readonly heard: Heard;
  /** Stopped before all of it was heard. */
  readonly interrupted: boolean;
  readonly error: BunrakuError | undefined;
}

/** Times of a turn's first things; undefined until they happen. */
export interface TurnMarks {
  firstToken: Micros | undefined;
  firstClause: Micros | undefined;
  firstChunk: Micros | undefined;
}

/** One agent turn: text to speech to the engines, and back what was heard. One abort signal runs through all of it. */
export class AgentTurn {
  readonly marks: TurnMarks = { firstToken: undefined, firstClause: undefined, firstChunk: undefined };
  readonly #options: AgentTurnOptions;
  readonly #abort = new AbortController();
  readonly #reply = new Reply();
  #interrupter: Interrupter | undefined;
  #audible = false;
  #words = false;

  constructor(options: AgentTurnOptions) {
    this.#options = options;
  }

  get id(): TurnId {
    return this.#options.id;
  }

  get lang(): Lang {
    return this.#options.lang;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Who stopped it first, if anybody did. */
  get interrupter(): Interrupter | undefined {
    return this.#interrupter;
  }

  /** True once the engines have taken its first chunk. */
  get speaking(): boolean {
    return this.#audible;
  }

  /** Stops it everywhere. `perform` then resolves with what was heard. */
  interrupt(by: Interrupter): void {
    if (this.#interrupter !== undefined) return;
    this.#interrupter = by;
    this.#abort.abort(new DOMException(`interrupted by ${by}`, "AbortError"));
  }

  /** Speaks `text`. Never rejects; resolves when the last of it was heard or it was stopped. */
  async perform(text: AsyncIterable<string>): Promise<TurnOutcome> {
    let error = await this.#deliver(text);
    let heard: Heard | undefined;
    if (!this.#reply.empty && !this.signal.aborted) {
      const { performance, clock } = this.#options;
      const deadline = {
        clock,
        signal: this.signal,
        span: plus(this.#reply.length, GRACE),
        late: () => stuck("finish"),
      };
      // Even where the voice failed: what was handed over before is still heard to its end.
      heard = await within(performance.finish(this.id, this.signal), deadline).catch((thrown: unknown) => {
        if (!this.signal.aborted) error ??= asBunrakuError(thrown, "device");
        return undefined;
      });
    }
    return this.#outcome(heard ?? (await this.#flush()), error);
  }

  async #deliver(text: AsyncIterable<string>): Promise<BunrakuError | undefined> {
    const { speaker, performance, clock, lang, said, speaking } = this.#options;
    const signal = this.signal;
    try {
      const chunks = pull(speaker.speak(this.id, this.#marked(text), { lang, signal }), {
        clock,
        signal,
        first: VOICE,
        next: VOICE,
        late: () => new BunrakuError("model", "The voice has produced no sound for a minute."),
      });
      for await (const chunk of chunks) {
        this.marks.firstChunk ??= clock.now();
        this.#reply.add(chunk);
        said(chunk);
        const span = plus(this.#reply.length, GRACE);
        await within(performance.play(chunk, signal), { clock, signal, span, late: () => stuck("play") });
        if (!this.#audible) {
          this.#audible = true;
          speaking();
        }
      }
      this.#reply.end();
      return this.#reply.empty ? unspoken(this.#words) : undefined;
    } catch (thrown) {
      return signal.aborted ? undefined : asBunrakuError(thrown);
    }
  }

  /** Notes when the first piece and the first whole clause came by. */
  async *#marked(text: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
    const { clock } = this.#options;
    for await (const piece of text) {
      this.#words ||= /[\p{L}\p{N}]/u.test(piece);
      if (piece.trim() !== "") this.marks.firstToken ??= clock.now();
      if (/[,.!?;:，。！？；：、…\n]/.test(piece)) this.marks.firstClause ??= clock.now();
      yield piece;
    }
  }

  async #flush(): Promise<Heard> {
    const nothing: Heard = { turn: this.id, upTo: 0 as Micros, text: "" };
    if (this.#reply.empty) return nothing;
    const { performance, clock, log } = this.#options;
    const deadline = { clock, signal: NEVER, span: FLUSH, late: () => stuck("flush") };
    return within(performance.flush(this.id), deadline).catch((thrown: unknown) => {
      log.warn("flush failed", { turn: this.id, error: reasonOf(thrown) });
      return nothing;
    });
  }

  #outcome(heard: Heard, error: BunrakuError | undefined): TurnOutcome {
    const reply = this.#reply;
    const whole = heard.upTo > 0 && heard.upTo + WHOLE >= reply.length && error === undefined;
    const text = whole && !this.signal.aborted ? reply.text : reply.textUpTo(heard.upTo);
    return {
      heard: { ...heard, text },
      interrupted: this.signal.aborted && text !== reply.text,
      error,
    };
  }
}

/** A turn without sound: the voice's fault where there were words to speak. */
const unspoken = (words: boolean): BunrakuError =>
  new BunrakuError(
    "model",
    words ? "The voice could not speak any of it." : "The answer held nothing that can be spoken.",
  );

const stuck = (what: "play" | "finish" | "flush"): BunrakuError =>
  new BunrakuError(
    "device",
    `The engines do not ${what === "flush" ? "stop" : "go on"}; is one of them frozen?`,
  );
