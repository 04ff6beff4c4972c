import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { BunrakuError, asBunrakuError, isRetryable } from "../../../bridge/core/errors.ts";
import type { Lang } from "../../../bridge/core/frames.ts";
import { fromMillis, fromSeconds, minus, plus, type Micros } from "../../../bridge/core/time.ts";
import type { StatusReport } from "../../../bridge/core/status.ts";
import { pull } from "../deadline.ts";
import { post, type HttpAnswer } from "../llm/http-post.ts";
import type { ProviderTools, Tts, TtsPiece, TtsProvider } from "../provider.ts";
import { displayText, isSpeakable, spokenText } from "../text/speakable.ts";
import { openAiTtsOptions, type OpenAiTtsOptions } from "./openai.options.ts";
import { PcmReader, UnreadableSound } from "./pcm-reader.ts";
import { brokenOff, refused, stalled, unreachable, unreadable, type SpeechEndpoint } from "./speech-fault.ts";

/** Pause before the one retry, where the server names none. */
const RETRY_AFTER = fromMillis(200);
/** Longest pause a server may ask for; the fallback voice is better than a longer one. */
const RETRY_AFTER_MAX = fromSeconds(1);
/** Longest clause sent, characters. */
const TEXT_MAX = 900;
/** Longest sound of one clause; 900 characters are about a minute. More is a server that does not stop. */
const SOUND_MAX = fromSeconds(120);
/** Longest a clause may keep us waiting in all: a server that sends a byte a second never trips `idleMs`. */
const WAIT_MAX = fromSeconds(90);

/** Any OpenAI-compatible speech server: raw PCM as it is made, without phonemes. */
export const openAiTts: TtsProvider<OpenAiTtsOptions> = {
  id: "openai",
  kind: "tts",
  options: openAiTtsOptions,
  capabilities: { languages: ["en", "zh"], phonemes: false },
  create: (options, tools) => Promise.resolve().then(() => new OpenAiTts(options, tools)),
};

class OpenAiTts implements Tts {
  readonly #options: OpenAiTtsOptions;
  readonly #tools: ProviderTools;
  readonly #endpoint: SpeechEndpoint;
  readonly #key: string | undefined;
  readonly #agent: Agent;
  readonly #closing = new AbortController();
  #trouble: BunrakuError | undefined;

  constructor(options: OpenAiTtsOptions, tools: ProviderTools) {
    const { keyEnv, model, voice } = options;
    this.#options = options;
    this.#tools = tools;
    this.#key = keyEnv === undefined ? undefined : tools.env[keyEnv]?.trim();
    if (keyEnv !== undefined && (this.#key === undefined || this.#key === ""))
      throw new BunrakuError("config", `${keyEnv} is not set; put the speech server's key into it.`);
    const url = new URL(`${options.baseUrl.replace(/\/+$/, "")}/audio/speech`);
    this.#endpoint = { url, model, voice, keyEnv };
    this.#agent =
      url.protocol === "https:" ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  }

  status(): StatusReport {
    const name = `tts ${this.#options.model}`;
    if (this.#closing.signal.aborted) return { name, status: "stopped", detail: "" };
    if (this.#trouble === undefined) return { name, status: "ready", detail: "" };
    const wrong = this.#trouble.fault === "auth" || this.#trouble.fault === "config";
    return { name, status: wrong ? "bad-config" : "degraded", detail: this.#trouble.message };
  }

  close(): Promise<void> {
    this.#closing.abort(new BunrakuError("unreachable", "The speech server's connection has been closed."));
    this.#agent.destroy();
    return Promise.resolve();
  }

  async *speak(
    text: string,
    options: { lang: Lang; signal: AbortSignal },
  ): AsyncGenerator<TtsPiece, void, undefined> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    signal.throwIfAborted();
    const spoken = spokenText(displayText(text.slice(0, TEXT_MAX)));
    if (!isSpeakable(spoken)) return;
    for (let attempt = 1; ; attempt++) {
      let begun = false;
      try {
        for await (const piece of this.#sound(spoken, signal)) {
          begun = true;
          yield piece;
        }
        this.#trouble = undefined;
        return;
      } catch (error) {
        signal.throwIfAborted();
        const known = error instanceof RetryLater ? error.error : asBunrakuError(error);
        const after = error instanceof RetryLater ? error.after : RETRY_AFTER;
        this.#trouble = known;
        // What has sounded cannot be taken back: a second try only before the first sample.
        if (begun || attempt > 1 || !isRetryable(known.fault) || after > RETRY_AFTER_MAX) throw known;
        await this.#tools.clock.sleepUntil(plus(this.#tools.clock.now(), after), signal);
      }
    }
  }

  async *#sound(text: string, signal: AbortSignal): AsyncGenerator<TtsPiece, void, undefined> {
    const begun = this.#tools.clock.now();
    const response = await this.#ask(text, signal);
    try {
      this.#check(response);
      const reader = new PcmReader(rateOf(response) ?? this.#options.sampleRate);
      const waited = minus(this.#tools.clock.now(), begun);
      let samples = 0;
      for await (const bytes of this.#bytes(response, { signal, waited })) {
        const pcm = this.#read(reader, bytes);
        if (pcm.length === 0) continue;
        samples += pcm.length;
        if ((samples / reader.sampleRate) * 1_000_000 > SOUND_MAX)
          throw unreadable(this.#endpoint, "two minutes of sound for one clause");
        yield { sampleRate: reader.sampleRate, pcm, phonemes: undefined };
      }
      if (samples === 0) throw unreadable(this.#endpoint, "nothing");
    } finally {
      response.release();
    }
  }

  async #ask(text: string, signal: AbortSignal): Promise<HttpAnswer> {
    const { model, voice, speed, extra, connectMs, firstByteMs } = this.#options;
    try {
      return await post({
        url: this.#endpoint.url,
        headers: {
          "content-type": "application/json",
          accept: "audio/pcm, audio/wav, application/octet-stream",
          "accept-encoding": "identity",
          ...(this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` }),
        },
        body: JSON.stringify({
          model,
          voice,
          input: text,
          response_format: "pcm",
          ...(speed === undefined ? {} : { speed }),
          ...extra,
        }),
        agent: this.#agent,
        clock: this.#tools.clock,
        signal,
        connect: fromMillis(connectMs),
        headersWithin: fromMillis(firstByteMs),
        late: (stage) =>
          stage === "connect"
            ? unreachable(this.#endpoint, new Error("connect timeout"))
            : stalled(this.#endpoint, "before its first sound"),
      });
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof BunrakuError ? error : unreachable(this.#endpoint, error);
    }
  }

  #check(response: HttpAnswer): void {
    if (response.status < 200 || response.status >= 300) {
      const error = refused(this.#endpoint, response.status);
      const seconds = Number(response.headers["retry-after"]);
      throw Number.isFinite(seconds) ? new RetryLater(error, fromSeconds(Math.max(0, seconds))) : error;
    }
    const type = (response.headers["content-type"] ?? "").toLowerCase();
    if (
      type === "" ||
      /^audio\/(?:pcm|l16|raw|x-raw|wave?|x-wav|vnd\.wave)|^application\/octet-stream/.test(type)
    )
      return;
    throw unreadable(
      this.#endpoint,
      type.startsWith("text/html") ? "a web page" : (type.split(";")[0] ?? type),
    );
  }

  #read(reader: PcmReader, bytes: Uint8Array): Float32Array {
    try {
      return reader.push(bytes);
    } catch (error) {
      throw error instanceof UnreadableSound ? unreadable(this.#endpoint, error.message) : error;
    }
  }

  /** The answer's bytes, each in time. */
  async *#bytes(
    response: HttpAnswer,
    { signal, waited }: { signal: AbortSignal; waited: Micros },
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { clock } = this.#tools;
    const first = Math.max(0, fromMillis(this.#options.firstByteMs) - waited) as Micros;
    let begun = false;
    let total = waited;
    let since = clock.now();
    const late = (): Error =>
      stalled(this.#endpoint, begun ? "in the middle of a clause" : "before its first sound");
    try {
      for await (const bytes of pull(response.body, {
        clock,
        signal,
        first,
        next: fromMillis(this.#options.idleMs),
        late,
      })) {
        begun = true;
        total = plus(total, minus(clock.now(), since));
        if (total > WAIT_MAX) throw late();
        yield bytes;
        since = clock.now();
      }
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof BunrakuError ? error : brokenOff(this.#endpoint, error);
    }
  }
}

/** A refusal for which the server said when to come back. */
class RetryLater extends Error {
  readonly error: BunrakuError;
  readonly after: Micros;

  constructor(error: BunrakuError, after: Micros) {
    super(error.message, { cause: error });
    this.error = error;
    this.after = after;
  }
}

/** "audio/L16; rate=24000": the rate a server states. */
const rateOf = (response: HttpAnswer): number | undefined => {
  const rate = Number(/rate=(\d+)/i.exec(response.headers["content-type"] ?? "")?.[1]);
  return rate >= 8_000 && rate <= 96_000 ? rate : undefined;
};
