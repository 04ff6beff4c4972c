import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { failAtOnce, json, piecesBefore, type StandInFault } from "./stand-in-fault.ts";
import { multipartOf, wavSeconds } from "./multipart.ts";
import { voiceOf } from "./sine-voice.ts";

export type { StandInFault };

export interface StandInOptions {
  /** The answer to a chat request; the last user message is handed over. */
  readonly reply?: (lastUser: string, messages: readonly { role: string; content: string }[]) => string;
  /** Text sent in `reasoning_content` before the answer, as thinking models do. */
  readonly reasoning?: string;
  /** What a transcription answers; by default a sentence whose length follows the sound's. */
  readonly transcript?: (request: { seconds: number; language: string | undefined }) => string;
  readonly firstTokenMs?: number;
  readonly tokensPerSecond?: number;
  /** Cut the byte stream into pieces of this many bytes, so that characters and lines are split. */
  readonly bytesPerWrite?: number;
  readonly newline?: "\n" | "\r\n";
  /** Speech, characters a second. */
  readonly charactersPerSecond?: number;
}

export interface StandInRequest {
  readonly path: string;
  readonly method: string;
  /** Whether an Authorization header came; its value is never kept. */
  readonly authorized: boolean;
  readonly contentType: string;
  /** The JSON body, or for multipart the text fields. */
  readonly body: Record<string, unknown>;
  readonly bodyBytes: number;
  /** Resolves when the client let go of the socket or the answer ended. */
  readonly closed: Promise<"finished" | "dropped">;
}

const PATHS = ["/v1/chat/completions", "/v1/audio/speech", "/v1/audio/transcriptions"] as const;
export type StandInPath = (typeof PATHS)[number];

/** An OpenAI-compatible server on this machine, for tests and benches: chat, speech and transcription, and all their ways to fail. */
export class OpenAiStandIn {
  readonly #server: Server;
  readonly #faults = new Map<string, { fault: StandInFault; times: number }>();
  readonly requests: StandInRequest[] = [];
  options: StandInOptions;

  constructor(options: StandInOptions = {}) {
    this.options = options;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  /** What a preset calls `baseUrl`: `http://127.0.0.1:PORT/v1`. */
  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** Fails the next `times` requests to `path` this way (all of them unless stated). */
  fail(path: StandInPath, fault: StandInFault, times = Number.POSITIVE_INFINITY): void {
    this.#faults.set(path, { fault, times });
  }

  heal(): void {
    this.#faults.clear();
  }

  /** Connections that are open now. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://stand-in").pathname;
    const bytes = await bodyOf(request);
    const contentType = request.headers["content-type"] ?? "";
    const multipart = contentType.startsWith("multipart/") ? multipartOf(bytes, contentType) : undefined;
    const body = multipart?.fields ?? jsonOf(bytes);
    this.requests.push({
      path,
      method: request.method ?? "",
      authorized: request.headers.authorization !== undefined,
      contentType,
      body,
      bodyBytes: bytes.length,
      closed: new Promise((resolve) =>
        response.once("close", () => resolve(response.writableFinished ? "finished" : "dropped")),
      ),
    });
    const fault = this.#take(path);
    if (fault !== undefined && failAtOnce(fault, path, response)) return;
    if (path === "/v1/chat/completions") return this.#chat(body, response, fault);
    if (path === "/v1/audio/speech") return this.#speech(body, response, fault);
    if (path === "/v1/audio/transcriptions") {
      return this.#transcription(multipart?.files ?? new Map<string, Buffer>(), body, response);
    }
    json(response, 404, { error: { message: `no such path: ${path}`, type: "invalid_request_error" } });
  }

  #take(path: string): StandInFault | undefined {
    const entry = this.#faults.get(path);
    if (entry === undefined || entry.times <= 0) return undefined;
    entry.times--;
    return entry.fault;
  }

  async #chat(
    body: Record<string, unknown>,
    response: ServerResponse,
    fault: StandInFault | undefined,
  ): Promise<void> {
    const messages = (body["messages"] ?? []) as { role: string; content: string }[];
    const last = messages.findLast((message) => message.role === "user")?.content ?? "";
    const text = (this.options.reply ?? defaultReply)(last, messages);
    if (body["stream"] !== true) {
      return json(response, 200, {
        id: "chatcmpl-stand-in",
        object: "chat.completion",
        model: body["model"],
        choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      });
    }
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    const send = (line: string): Promise<void> => this.#write(response, Buffer.from(line));
    const event = (data: string): Promise<void> =>
      send(`data: ${data}${this.options.newline ?? "\n"}${this.options.newline ?? "\n"}`);
    const chunk = (delta: object, finish: string | null = null): Promise<void> =>
      event(
        JSON.stringify({
          id: "chatcmpl-stand-in",
          object: "chat.completion.chunk",
          created: 1_700_000_000,
          model: body["model"],
          choices: [{ index: 0, delta, finish_reason: finish }],
        }),
      );
    response.flushHeaders();
    await send(`: keep-alive${this.options.newline ?? "\n"}${this.options.newline ?? "\n"}`);
    await pause(this.options.firstTokenMs ?? 0);
    await chunk({ role: "assistant", content: "" });
    for (const thought of tokensOf(this.options.reasoning ?? "")) {
      await chunk({ reasoning_content: thought, content: null });
    }
    let sent = 0;
    for (const token of tokensOf(text)) {
      if (response.destroyed) return;
      if (fault !== undefined && sent >= piecesBefore(fault))
        return this.#breakStream(response, fault, event);
      await chunk({ content: token });
      sent++;
      if (this.options.tokensPerSecond !== undefined) await pause(1_000 / this.options.tokensPerSecond);
    }
    if (fault !== undefined) return this.#breakStream(response, fault, event);
    await chunk({}, "stop");
    await event(
      JSON.stringify({
        id: "chatcmpl-stand-in",
        object: "chat.completion.chunk",
        choices: [],
        usage: { prompt_tokens: 10, completion_tokens: sent, total_tokens: 10 + sent },
      }),
    );
    await event("[DONE]");
    response.end();
  }

  async #breakStream(
    response: ServerResponse,
    fault: StandInFault,
    event: (data: string) => Promise<void>,
  ): Promise<void> {
    if (fault.kind === "hang-mid-stream") return;
    if (fault.kind === "die-mid-sentence") {
      // What was sent has time to arrive: a client forgets unread bytes of a socket that dies.
      await pause(20);
      response.socket?.destroy();
      return;
    }
    if (fault.kind === "malformed-json") await event('{"choices":[{"delta":{"content":"and th');
    if (fault.kind === "error-in-stream") {
      await event(JSON.stringify({ error: { message: "the model ran out of memory", code: 500 } }));
    }
    while (fault.kind === "oversized" && !response.destroyed) {
      await event(JSON.stringify({ choices: [{ index: 0, delta: { content: "and on ".repeat(500) } }] }));
    }
    response.end();
  }

  async #speech(
    body: Record<string, unknown>,
    response: ServerResponse,
    fault: StandInFault | undefined,
  ): Promise<void> {
    const text = typeof body["input"] === "string" ? body["input"] : "";
    const pcm = voiceOf(text, {
      sampleRate: 24_000,
      charactersPerSecond: this.options.charactersPerSecond ?? 15,
    });
    response.writeHead(200, { "content-type": "audio/pcm" });
    response.flushHeaders();
    await pause(this.options.firstTokenMs ?? 0);
    // Odd sizes: a sample may be split between two pieces, as on a real network.
    const size = this.options.bytesPerWrite ?? 4_801;
    let sent = 0;
    for (let at = 0; at < pcm.length; at += size) {
      if (response.destroyed) return;
      if (fault !== undefined && sent >= piecesBefore(fault)) {
        if (fault.kind === "hang-mid-stream") return;
        if (fault.kind !== "oversized") {
          response.socket?.destroy();
          return;
        }
      }
      await this.#write(response, pcm.subarray(at, at + size));
      sent++;
    }
    if (fault?.kind === "oversized") {
      while (!response.destroyed) await this.#write(response, pcm);
    }
    response.end();
  }

  async #transcription(
    files: ReadonlyMap<string, Buffer>,
    body: Record<string, unknown>,
    response: ServerResponse,
  ): Promise<void> {
    const file = files.get("file");
    if (file === undefined) {
      return json(response, 400, { error: { message: "file is required", type: "invalid_request_error" } });
    }
    const language = typeof body["language"] === "string" ? body["language"] : undefined;
    const seconds = wavSeconds(file);
    const text = (this.options.transcript ?? defaultTranscript)({ seconds, language });
    await pause(this.options.firstTokenMs ?? 0);
    if (body["response_format"] !== "text") return json(response, 200, { text });
    response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
    response.end(text);
  }

  async #write(response: ServerResponse, bytes: Buffer): Promise<void> {
    const size = this.options.bytesPerWrite ?? bytes.length;
    for (let at = 0; at < bytes.length; at += size) {
      if (response.destroyed) return;
      if (!response.write(bytes.subarray(at, at + size))) {
        await new Promise<void>((resolve) => {
          const ready = (): void => {
            response.off("drain", ready).off("close", ready);
            resolve();
          };
          response.on("drain", ready).on("close", ready);
        });
      } else if (size < bytes.length) await pause(0);
    }
  }
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
};

const jsonOf = (bytes: Buffer): Record<string, unknown> => {
  try {
    return JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
  } catch {
    return {};
  }
};

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => (ms <= 0 ? setImmediate(resolve) : setTimeout(resolve, ms)));

/** Pieces about as long as a model's tokens: words with their space, single hanzi. */
const tokensOf = (text: string): string[] => text.match(/\p{Script=Han}|[^\s\p{Script=Han}]+\s*|\s+/gu) ?? [];

const defaultReply = (lastUser: string): string =>
  /\p{Script=Han}/u.test(lastUser)
    ? "你好，我是替身。今天天气很好，我们可以慢慢聊。"
    : "Hello, I am the stand-in. It is a fine day, and we have time to talk.";

const defaultTranscript = (request: { seconds: number; language: string | undefined }): string => {
  const words = Math.max(1, Math.round(request.seconds * 2));
  return request.language === "zh"
    ? "你好".repeat(words)
    : Array.from({ length: words }, () => "word").join(" ");
};
