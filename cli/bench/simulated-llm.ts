import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock, Micros } from "../../bridge/core/time.ts";

export interface SimulatedLlm {
  /** Base URL of an OpenAI-compatible endpoint on loopback. */
  readonly url: string;
  close(): Promise<void>;
}

/** What it answers: two short sentences, 24 tokens of about a word each. */
const ANSWER =
  "That is a good question, and I will gladly answer it. Let me think about it for a moment, and then tell you more.";

/** A language model of known speed: the first token after `firstToken`, then one every `perToken`. For benchmarks. */
export const startSimulatedLlm = async (options: {
  clock: Clock;
  firstToken: Micros;
  perToken: Micros;
}): Promise<SimulatedLlm> => {
  const stop = new AbortController();
  const server = createServer((request, response) => {
    request.resume();
    const gone = new AbortController();
    response.on("close", () => gone.abort(new Error("the asker went away")));
    stream(response, options, AbortSignal.any([stop.signal, gone.signal])).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: async () => {
      stop.abort(new Error("the benchmark is over"));
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

const stream = async (
  response: ServerResponse,
  { clock, firstToken, perToken }: { clock: Clock; firstToken: Micros; perToken: Micros },
  signal: AbortSignal,
): Promise<void> => {
  const start = clock.now();
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  for (const [index, token] of ANSWER.split(/(?<= )/).entries()) {
    await clock.sleepUntil((start + firstToken + index * perToken) as Micros, signal);
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: token } }] })}\n\n`);
  }
  response.end('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
};
