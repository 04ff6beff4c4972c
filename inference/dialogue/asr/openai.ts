import { asBunrakuError, BunrakuError, isRetryable } from "../../../bridge/core/errors.ts";
import { EAR_RATE, type Lang } from "../../../bridge/core/frames.ts";
import type { StatusReport } from "../../../bridge/core/status.ts";
import { fromMillis, plus } from "../../../bridge/core/time.ts";
import { wavBody } from "../../../bridge/core/wav-body.ts";
import { within } from "../deadline.ts";
import type { Asr, AsrProvider, AsrTurn, ProviderTools } from "../provider.ts";
import { refused, tooSlow, unreachable, unreadable, type AsrAddress } from "./openai-fault.ts";
import { openAiAsrOptions, type OpenAiAsrOptions } from "./openai.options.ts";
import { isSilent } from "./segments.ts";
import { TurnAudio } from "./turn-audio.ts";

/** Pause before the one retry. */
const RETRY_AFTER = fromMillis(250);
/** Bytes of an answer; an hour of speech is about 60 kB of words. */
const BODY_MAX = 1_000_000;
const SHORTEST = EAR_RATE / 10;

/** Any OpenAI-compatible transcription server. Each pause is sent once, as 16 kHz WAV. */
export const openAiAsr: AsrProvider<OpenAiAsrOptions> = {
  id: "openai",
  kind: "asr",
  options: openAiAsrOptions,
  capabilities: { languages: ["en", "zh"], partials: false },
  create: (options, tools) => Promise.resolve().then(() => new OpenAiAsr(options, tools)),
};

class OpenAiAsr implements Asr {
  readonly #options: OpenAiAsrOptions;
  readonly #tools: ProviderTools;
  readonly #address: AsrAddress;
  readonly #key: string | undefined;
  readonly #closing = new AbortController();
  #trouble = "";

  constructor(options: OpenAiAsrOptions, tools: ProviderTools) {
    const { keyEnv, model } = options;
    this.#options = options;
    this.#tools = tools;
    this.#key = keyEnv === undefined ? undefined : tools.env[keyEnv]?.trim();
    if (keyEnv !== undefined && (this.#key === undefined || this.#key === ""))
      throw new BunrakuError("config", `${keyEnv} is not set; put the recogniser's key into it.`);
    const url = new URL(`${options.baseUrl.replace(/\/+$/, "")}/audio/transcriptions`);
    this.#address = { url, model, keyEnv };
  }

  begin(lang: Lang): AsrTurn {
    const audio = new TurnAudio();
    return {
      push: (samples) => audio.push(samples),
      transcribe: (signal) => this.#transcribe(audio.all(), { lang, signal }),
      close: () => audio.clear(),
    };
  }

  status(): StatusReport {
    const name = `asr ${this.#options.model}`;
    if (this.#closing.signal.aborted) return { name, status: "stopped", detail: "" };
    return { name, status: this.#trouble === "" ? "ready" : "degraded", detail: this.#trouble };
  }

  close(): Promise<void> {
    this.#closing.abort(new BunrakuError("unreachable", "The recogniser has been closed."));
    return Promise.resolve();
  }

  async #transcribe(samples: Float32Array, options: { lang: Lang; signal: AbortSignal }): Promise<string> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    signal.throwIfAborted();
    // Whisper and its kin answer silence with "Thank you."
    if (samples.length < SHORTEST || isSilent(samples)) return "";
    const wav = wavBody(samples, EAR_RATE);
    const { clock } = this.#tools;
    for (let attempt = 1; ; attempt++) {
      try {
        const text = await this.#ask(wav, options.lang, signal);
        this.#trouble = "";
        return text;
      } catch (error) {
        signal.throwIfAborted();
        const known = asBunrakuError(error);
        this.#trouble = known.message;
        if (attempt > 1 || !isRetryable(known.fault)) throw known;
        await clock.sleepUntil(plus(clock.now(), RETRY_AFTER), signal);
      }
    }
  }

  async #ask(wav: Uint8Array<ArrayBuffer>, lang: Lang, signal: AbortSignal): Promise<string> {
    const leaving = new AbortController();
    try {
      return await within(this.#send(wav, lang, AbortSignal.any([signal, leaving.signal])), {
        clock: this.#tools.clock,
        signal,
        span: fromMillis(this.#options.timeoutMs),
        late: () => tooSlow(this.#address),
      });
    } finally {
      // Frees the socket where we gave up; harmless after the end.
      leaving.abort();
    }
  }

  async #send(wav: Uint8Array<ArrayBuffer>, lang: Lang, signal: AbortSignal): Promise<string> {
    const form = new FormData();
    form.set("model", this.#options.model);
    form.set("language", lang);
    form.set("response_format", "json");
    form.set("file", new Blob([wav], { type: "audio/wav" }), "turn.wav");
    const headers: Record<string, string> =
      this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` };
    try {
      const response = await fetch(this.#address.url, {
        method: "POST",
        body: form,
        headers,
        redirect: "manual",
        signal,
      });
      if (!response.ok) {
        await response.body?.cancel();
        throw refused(this.#address, response.status);
      }
      return this.#textOf(await this.#bodyOf(response));
    } catch (error) {
      if (error instanceof BunrakuError) throw error;
      throw unreachable(this.#address, error);
    }
  }

  async #bodyOf(response: Response): Promise<string> {
    const decoder = new TextDecoder();
    let body = "";
    let bytes = 0;
    for await (const piece of response.body ?? []) {
      bytes += piece.length;
      if (bytes > BODY_MAX) throw unreadable(this.#address, "an endless answer");
      body += decoder.decode(piece, { stream: true });
    }
    return body + decoder.decode();
  }

  #textOf(body: string): string {
    let answer: unknown;
    try {
      answer = JSON.parse(body);
    } catch (cause) {
      throw unreadable(this.#address, "something unreadable", cause);
    }
    const text = typeof answer === "object" && answer !== null && "text" in answer ? answer.text : undefined;
    if (typeof text !== "string") throw unreadable(this.#address, "an answer without text");
    return text.trim();
  }
}
