import type { ZodType } from "zod";
import type { Lang, Phoneme } from "../../bridge/core/frames.ts";
import type { Clock } from "../../bridge/core/time.ts";
import type { Log } from "../../bridge/core/log.ts";
import type { StatusReport } from "../../bridge/core/status.ts";

/** What a provider is handed when it is made. Secrets come from `env`, by the name a preset states. */
export interface ProviderTools {
  readonly clock: Clock;
  readonly log: Log;
  /** Environment values, read once by the composition root. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of a verified model file by `model/file` id (see inference/models); rejects with fault `model` when missing. */
  readonly modelFile: (id: string) => Promise<string>;
}

/** Everything that can be had from one maker: one file, named in one list per kind. */
export interface Provider<Kind extends string, Options, Capabilities, Made> {
  readonly id: string;
  readonly kind: Kind;
  readonly options: ZodType<Options>;
  readonly capabilities: Capabilities;
  create(options: Options, tools: ProviderTools): Promise<Made>;
}

/** Common to every made provider. `close` is idempotent and never throws. */
export interface Made {
  status(): StatusReport;
  close(): Promise<void>;
}

// ---- ASR -------------------------------------------------------------------------------------------------------

export interface AsrCapabilities {
  readonly languages: readonly Lang[];
  /** True where `partial` gives text while the user speaks. */
  readonly partials: boolean;
}

/** The recogniser of one user turn. Samples are mono at 16 kHz, -1..1. */
export interface AsrTurn {
  /** Appends samples; never blocks. */
  push(samples: Float32Array): void;
  /** Text of everything pushed so far. Empty where there are no words. May be called again after more samples. */
  transcribe(signal: AbortSignal): Promise<string>;
  /** Forgets the audio. */
  close(): void;
}

export interface Asr extends Made {
  /** Begins a user turn in `lang`; throws fault `config` where the language is not in its capabilities. */
  begin(lang: Lang): AsrTurn;
}

export type AsrProvider<Options = unknown> = Provider<"asr", Options, AsrCapabilities, Asr>;

// ---- LLM -------------------------------------------------------------------------------------------------------

export interface LlmMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface LlmCapabilities {
  readonly languages: readonly Lang[];
  /** True where nothing leaves this machine. */
  readonly offline: boolean;
}

export interface Llm extends Made {
  /** Streams the answer to the last message as text pieces. Ends when the answer is whole; throws a `BunrakuError` otherwise. */
  answer(
    messages: readonly LlmMessage[],
    options: { lang: Lang; signal: AbortSignal },
  ): AsyncIterable<string>;
}

export type LlmProvider<Options = unknown> = Provider<"llm", Options, LlmCapabilities, Llm>;

// ---- TTS -------------------------------------------------------------------------------------------------------

export interface TtsCapabilities {
  readonly languages: readonly Lang[];
  /** True where pieces carry phonemes with times. */
  readonly phonemes: boolean;
}

/** One sounding piece of a clause. Times count from the start of the clause. */
export interface TtsPiece {
  readonly sampleRate: number;
  /** Mono, -1..1. */
  readonly pcm: Float32Array;
  /** All phonemes of the clause on its first piece (later pieces have none), or undefined where the maker has no times. */
  readonly phonemes: readonly Phoneme[] | undefined;
}

export interface Tts extends Made {
  /** Speaks one clause. Text may be empty or hold nothing speakable: then nothing is yielded. */
  speak(text: string, options: { lang: Lang; signal: AbortSignal }): AsyncIterable<TtsPiece>;
}

export type TtsProvider<Options = unknown> = Provider<"tts", Options, TtsCapabilities, Tts>;
