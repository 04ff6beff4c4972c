import type { Fault } from "../../bridge/core/errors.ts";
import type { Heard, Lang, SpeechChunk, TurnId } from "../../bridge/core/frames.ts";
import type { Micros } from "../../bridge/core/time.ts";

/** What a puppet is doing, as its user sees it. Listening: the user speaks. Thinking: a turn has begun, without sound yet. */
export type ConversationState = "idle" | "listening" | "thinking" | "speaking";

/** Text to speech for a whole turn. */
export interface Speaker {
  /** Chunks in order, offsets and clauses counted from the start of the turn. */
  speak(
    turn: TurnId,
    text: AsyncIterable<string>,
    options: { lang: Lang; signal: AbortSignal },
  ): AsyncIterable<SpeechChunk>;
}

/** Where speech goes: face, sound and engines together. */
export interface Performance {
  /** Hands one chunk over; resolves when there is room for more. The chunk may start seconds later. */
  play(chunk: SpeechChunk, signal: AbortSignal): Promise<void>;
  /** No more chunks in this turn; resolves when its last sample was heard or the turn was flushed. */
  finish(turn: TurnId, signal: AbortSignal): Promise<Heard>;
  /** Stops the turn in every engine; resolves with what was heard. `upTo` counts; the text is worked out from it here. */
  flush(turn: TurnId): Promise<Heard>;
  /** When the turn's first sound is heard, once that is known. */
  begins(turn: TurnId): Micros | undefined;
}

/** Where the time went between the user's last sound and the puppet's first. The stages add up to the total. */
export interface TurnLatency {
  readonly kind: "latency";
  readonly turn: TurnId;
  /** From the end of the user's speech, or from typed text, to the first sound that is heard. */
  readonly total: Micros;
  readonly stages: {
    /** Silence waited for. */
    readonly hangover: Micros;
    /** From the decision to the text. */
    readonly asr: Micros;
    /** From the text to the first piece of an answer. */
    readonly llm: Micros;
    /** From there to the end of the first clause. */
    readonly clause: Micros;
    /** From there to the first sound of it. */
    readonly voice: Micros;
    /** From there to the ear. */
    readonly playout: Micros;
  };
}

/** What a conversation tells consoles and metrics. Texts are personal. */
export type ConversationEvent =
  | { readonly kind: "state"; readonly state: ConversationState }
  /** The user's words; `final` where the puppet answers them. */
  | { readonly kind: "user"; readonly text: string; readonly final: boolean }
  /** A clause is handed to the engines. */
  | { readonly kind: "agent"; readonly turn: TurnId; readonly text: string }
  /** A turn is over: what was heard of it. */
  | { readonly kind: "heard"; readonly heard: Heard; readonly interrupted: boolean }
  | { readonly kind: "trouble"; readonly fault: Fault; readonly message: string }
  | TurnLatency;
