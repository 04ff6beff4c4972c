import {
  request as httpRequest,
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from "node:http";
import { request as httpsRequest } from "node:https";
import type { Clock, Micros } from "../../../bridge/core/time.ts";
import { within } from "../deadline.ts";

export interface HttpPost {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly agent: Agent;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Longest wait for a connection, TLS included. */
  readonly connect: Micros;
  /** Longest wait for the headers once connected. */
  readonly headersWithin: Micros;
  readonly late: (stage: "connect" | "headers") => Error;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Uint8Array>;
  /** Frees the socket at once; harmless after the end. */
  release(): void;
}

/**
 * One POST whose answer is streamed; redirects are not followed. Not `fetch`, because fetch cannot tell a host that
 * does not answer from a model that is still loading: those two have very different patience.
 */
export const post = async (options: HttpPost): Promise<HttpAnswer> => {
  const { url, clock, signal, late } = options;
  signal.throwIfAborted();
  const secure = url.protocol === "https:";
  const sent = (secure ? httpsRequest : httpRequest)(url, {
    method: "POST",
    headers: { ...options.headers, "content-length": String(Buffer.byteLength(options.body)) },
    agent: options.agent,
  });
  const failed = new Promise<never>((_, reject) => sent.on("error", reject));
  failed.catch(() => undefined);
  const connected = new Promise<void>((resolve) => {
    sent.once("socket", (socket) => {
      if (!socket.connecting) return resolve();
      socket.once(secure ? "secureConnect" : "connect", () => resolve());
    });
  });
  const answered = new Promise<IncomingMessage>((resolve) => sent.once("response", resolve));
  try {
    sent.end(options.body);
    const wait = <T>(promise: Promise<T>, span: Micros, stage: "connect" | "headers"): Promise<T> =>
      within(Promise.race([promise, failed]), { clock, signal, span, late: () => late(stage) });
    await wait(connected, options.connect, "connect");
    const response = await wait(answered, options.headersWithin, "headers");
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: response as AsyncIterable<Uint8Array>,
      release: () => {
        if (response.complete) return;
        response.on("error", () => undefined);
        sent.destroy();
      },
    };
  } catch (error) {
    sent.destroy();
    throw error;
  }
};
