import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { BunrakuError, asBunrakuError, isRetryable } from "../../../bridge/core/errors.ts";
import { fromMillis, fromSeconds, plus, type Micros } from "../../../bridge/core/time.ts";
import type { StatusReport } from "../../../bridge/core/status.ts";
import { pull } from "../deadline.ts";
import type { Llm, LlmMessage, LlmProvider, ProviderTools } from "../provider.ts";
import { HiddenSpans } from "./hidden.ts";
import { post, type HttpAnswer } from "./http-post.ts";
import { readPiece } from "./openai-answer.ts";
import {
  brokenOff,
  nameOf,
  refused,
  stalled,
  unreachable,
  unreadable,
  type Endpoint,
} from "./openai-fault.ts";
import { openAiLlmOptions, type OpenAiLlmOptions } from "./openai.options.ts";
import { SseReader } from "./sse.ts";

/** Pause before the one retry, where the server names none. */
const RETRY_AFTER = fromMillis(250);
/** Longest pause a server may ask for: a user who waits longer than this thinks the puppet is broken. */
const RETRY_AFTER_MAX = fromSeconds(2);
/** Bytes of one answer, thoughts included; 400 tokens of SSE take about 100 kB. */
const BODY_MAX = 4 * 1024 * 1024;
/** Characters of one answer; about five minutes of speech. */
const TEXT_MAX = 6_000;

/** Any OpenAI-compatible chat server. */
export const openAiLlm: LlmProvider<OpenAiLlmOptions> = {
  id: "openai",
  kind: "llm",
  options: openAiLlmOptions,
  capabilities: { languages: ["en", "zh"], offline: false },
  create: (options, tools) => Promise.resolve().then(() => new OpenAiLlm(options, tools)),
};

class OpenAiLlm implements Llm {
  readonly #options: OpenAiLlmOptions;
  readonly #tools: ProviderTools;
  readonly #endpoint: Endpoint;
  readonly #key: string | undefined;
  readonly #agent: Agent;
  readonly #closing = new AbortController();
  #trouble = "";

  constructor(options: OpenAiLlmOptions, tools: ProviderTools) {
    const { keyEnv } = options;
    this.#options = options;
    this.#tools = tools;
    this.#key = keyEnv === undefined ? undefined : tools.env[keyEnv]?.trim();
    if (keyEnv !== undefined && (this.#key === undefined || this.#key === ""))
      throw new BunrakuError("config", `${keyEnv} is not set; put the language model's key into it.`);
    const url = new URL(`${options.baseUrl.replace(/\/+$/, "")}/chat/completions`);
    this.#endpoint = { url, model: options.model, keyEnv };
    this.#agent =
      url.protocol === "https:" ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  }

  status(): StatusReport {
    const name = `llm ${this.#options.model}`;
    if (this.#closing.signal.aborted) return { name, status: "stopped", detail: "" };
    return { name, status: this.#trouble === "" ? "ready" : "degraded", detail: this.#trouble };
  }

  close(): Promise<void> {
    this.#closing.abort(new BunrakuError("unreachable", "The language model has been closed."));
    this.#agent.destroy();
    return Promise.resolve();
  }

  async *answer(
    messages: readonly LlmMessage[],
    options: { signal: AbortSignal },
  ): AsyncGenerator<string, void, undefined> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    for (let attempt = 1; ; attempt++) {
      let begun = false;
      try {
        for await (const piece of this.#stream(messages, signal)) {
          begun = true;
          yield piece;
        }
        this.#trouble = "";
        return;
      } catch (error) {
        signal.throwIfAborted();
        const known = error instanceof RetryLater ? error.error : asBunrakuError(error);
        const after = error instanceof RetryLater ? error.after : RETRY_AFTER;
        this.#trouble = known.message;
        // What has been spoken cannot be unsaid: a second answer is asked for only before the first word.
        if (begun || attempt > 1 || !isRetryable(known.fault) || after > RETRY_AFTER_MAX) throw known;
        await this.#tools.clock.sleepUntil(plus(this.#tools.clock.now(), after), signal);
      }
    }
  }

  async *#stream(
    messages: readonly LlmMessage[],
    signal: AbortSignal,
  ): AsyncGenerator<string, void, undefined> {
    const begun = this.#tools.clock.now();
    const response = await this.#ask(messages, signal);
    try {
      this.#check(response);
      const waited = (this.#tools.clock.now() - begun) as Micros;
      const first = Math.max(0, fromMillis(this.#options.firstTokenMs) - waited) as Micros;
      yield* this.#speakable(this.#data(response, { signal, first }));
    } finally {
      response.release();
    }
  }

  async #ask(messages: readonly LlmMessage[], signal: AbortSignal): Promise<HttpAnswer> {
    try {
      return await post({
        url: this.#endpoint.url,
        headers: {
          "content-type": "application/json",
          accept: "text/event-stream",
          "accept-encoding": "identity",
          ...(this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` }),
        },
        body: JSON.stringify(this.#request(messages)),
        agent: this.#agent,
        clock: this.#tools.clock,
        signal,
        connect: fromMillis(this.#options.connectMs),
        headersWithin: fromMillis(this.#options.firstTokenMs),
        late: (stage) =>
          stage === "connect"
            ? unreachable(this.#endpoint, new Error("connect timeout"))
            : stalled(this.#endpoint, "before its first word"),
      });
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof BunrakuError ? error : unreachable(this.#endpoint, error);
    }
  }

  #request(messages: readonly LlmMessage[]): Record<string, unknown> {
    const { model, temperature, maxTokens, extra } = this.#options;
    // OpenAI's own newer models refuse max_tokens; most other servers know only that name.
    const limit = this.#endpoint.url.hostname === "api.openai.com" ? "max_completion_tokens" : "max_tokens";
    return {
      model,
      messages,
      stream: true,
      [limit]: maxTokens,
      ...(temperature === undefined ? {} : { temperature }),
      ...extra,
    };
  }

  #check(response: HttpAnswer): void {
    if (response.status < 200 || response.status >= 300) {
      const error = refused(this.#endpoint, response.status);
      const seconds = Number(response.headers["retry-after"]);
      throw Number.isFinite(seconds) ? new RetryLater(error, fromSeconds(Math.max(0, seconds))) : error;
    }
    if ((response.headers["content-type"] ?? "").includes("text/html")) {
      throw unreadable(this.#endpoint, "a web page");
    }
  }

  /** The JSON objects of the answer, each in time. Comments that keep a connection alive are no sign of an answer. */
  async *#data(
    response: HttpAnswer,
    options: { signal: AbortSignal; first: Micros },
  ): AsyncGenerator<string, void, undefined> {
    let begun = false;
    const late = (): Error =>
      stalled(this.#endpoint, begun ? "in the middle of an answer" : "before its first word");
    const next = fromMillis(this.#options.idleMs);
    try {
      for await (const data of pull(this.#read(response), {
        ...options,
        clock: this.#tools.clock,
        next,
        late,
      })) {
        begun = true;
        yield data;
      }
    } catch (error) {
      options.signal.throwIfAborted();
      throw error instanceof BunrakuError ? error : brokenOff(this.#endpoint, error);
    }
  }

  /** One JSON object an event, or the whole body from a server that does not stream. */
  async *#read(response: HttpAnswer): AsyncGenerator<string, void, undefined> {
    const whole = (response.headers["content-type"] ?? "").includes("application/json");
    const reader = new SseReader();
    const decoder = new TextDecoder();
    let body = "";
    let bytes = 0;
    for await (const piece of response.body) {
      bytes += piece.length;
      if (bytes > BODY_MAX) throw unreadable(this.#endpoint, "an endless stream");
      if (whole) body += decoder.decode(piece, { stream: true });
      else for (const event of reader.push(piece)) yield event.data;
    }
    if (whole) yield body + decoder.decode();
    else for (const event of reader.end()) yield event.data;
  }

  async *#speakable(events: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
    const hidden = new HiddenSpans();
    let length = 0;
    let finish: string | undefined;
    for await (const event of events) {
      if (event.trim() === "[DONE]") break;
      const piece = readPiece(event, this.#endpoint);
      finish = piece.finish ?? finish;
      const text = hidden.push(piece.text);
      length += text.trim().length;
      if (text !== "") yield text;
      if (length < TEXT_MAX) continue;
      this.#tools.log.warn("answer cut", { characters: length });
      return;
    }
    const rest = hidden.end();
    if (rest !== "") yield rest;
    if (length + rest.trim().length > 0) return;
    if (finish === "length")
      throw new BunrakuError(
        "model",
        `${nameOf(this.#endpoint)} used its whole answer for thinking; raise maxTokens or turn thinking off.`,
      );
    if (finish !== undefined)
      throw new BunrakuError("model", `${nameOf(this.#endpoint)} answered with nothing.`);
    throw unreadable(this.#endpoint, "nothing readable");
  }
}

/** A refusal that names its own pause. Never leaves this file. */
class RetryLater extends Error {
  readonly error: BunrakuError;
  readonly after: Micros;

  constructor(error: BunrakuError, after: Micros) {
    super(error.message);
    this.error = error;
    this.after = after;
  }
}
