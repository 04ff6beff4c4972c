import { afterEach, describe, expect, test } from "vitest";
import { BunrakuError } from "../../../../bridge/core/errors.ts";
import { fromMillis, fromSeconds, VirtualClock } from "../../../../bridge/core/time.ts";
import type { Llm } from "../../../../inference/dialogue/provider.ts";
import { openAiLlm } from "../../../../inference/dialogue/llm/openai.ts";
import { answerOf, llmConformance } from "../../../support/llm-conformance.ts";
import { OpenAiStandIn, type StandInOptions } from "../../../support/openai-stand-in.ts";
import { toolsOf } from "../../../support/provider-tools.ts";

const servers: OpenAiStandIn[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const standIn = async (options: StandInOptions = {}): Promise<OpenAiStandIn> => {
  const server = await new OpenAiStandIn(options).start();
  servers.push(server);
  return server;
};

const llmAt = (
  baseUrl: string,
  options: { clock?: VirtualClock; env?: Record<string, string>; preset?: Record<string, unknown> } = {},
): Promise<Llm> =>
  openAiLlm.create(openAiLlm.options.parse({ baseUrl, model: "test", ...options.preset }), toolsOf(options));

const faultOf = async (promise: Promise<unknown>): Promise<BunrakuError> => {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(BunrakuError);
  return error as BunrakuError;
};

/** Lets real sockets get on while virtual time stands still. */
const sockets = (ms = 50): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const CHAT = "/v1/chat/completions";

llmConformance("openai", {
  capabilities: openAiLlm.capabilities,
  make: async () => llmAt((await standIn()).baseUrl),
});

describe("what is sent", () => {
  test("the key travels in the header only when the preset names one", async () => {
    const server = await standIn();
    await answerOf(await llmAt(server.baseUrl), "hi", { lang: "en" });
    await answerOf(
      await llmAt(server.baseUrl, { env: { MY_KEY: "sk-1234" }, preset: { keyEnv: "MY_KEY" } }),
      "hi",
      { lang: "en" },
    );
    expect(server.requests.map((request) => request.authorized)).toEqual([false, true]);
  });

  test("a key that is not set is said by its name, before anything is asked", async () => {
    const error = await faultOf(llmAt("http://127.0.0.1:9/v1", { preset: { keyEnv: "MY_KEY" } }));
    expect(error.fault).toBe("config");
    expect(error.message).toContain("MY_KEY");
  });

  test("a key pasted where its name belongs is refused by the schema", () => {
    expect(openAiLlm.options.safeParse({ model: "x", keyEnv: "sk-abc-def" }).success).toBe(false);
  });

  test("model, limits, extra fields and all messages reach the server", async () => {
    const server = await standIn();
    const llm = await llmAt(`${server.baseUrl}/`, {
      preset: { temperature: 0.2, maxTokens: 77, extra: { think: false } },
    });
    await answerOf(llm, "hi", { lang: "en" });
    expect(server.requests[0]?.body).toMatchObject({
      model: "test",
      stream: true,
      max_tokens: 77,
      temperature: 0.2,
      think: false,
      messages: [{ role: "user", content: "hi" }],
    });
  });
});

describe("what is spoken", () => {
  test.each([1, 2, 3, 7, 64])("text survives a network that cuts every %i bytes", async (bytesPerWrite) => {
    const reply = "Grüße! 你好，木偶。🎭 Done.";
    const server = await standIn({ reply: () => reply, bytesPerWrite, newline: "\r\n" });
    expect(await answerOf(await llmAt(server.baseUrl), "hi", { lang: "en" })).toBe(reply);
  });

  test("thoughts are never spoken, whether in their own field or in tags", async () => {
    const server = await standIn({
      reasoning: "secret plan",
      reply: () => "<think>The user wants\nsomething.</think>Hello there.",
    });
    expect(await answerOf(await llmAt(server.baseUrl), "hi", { lang: "en" })).toBe("Hello there.");
  });

  test("a model that only thinks is told apart from one that answers", async () => {
    const server = await standIn({ reply: () => "<think>for ever and ever" });
    const error = await faultOf(answerOf(await llmAt(server.baseUrl), "hi", { lang: "en" }));
    expect(error.fault).toBe("model");
  });

  test("an endless answer is cut, and the socket is freed", async () => {
    const server = await standIn();
    server.fail(CHAT, { kind: "oversized" });
    const text = await answerOf(await llmAt(server.baseUrl), "hi", { lang: "en" });
    expect(text.length).toBeLessThan(20_000);
    expect(await server.requests[0]?.closed).toBe("dropped");
  });
});

describe("what goes wrong", () => {
  test("nobody at the address: one sentence with the address, after one retry", async () => {
    const server = await standIn();
    const { baseUrl } = server;
    await server.close();
    servers.length = 0;
    const error = await faultOf(answerOf(await llmAt(baseUrl), "hi", { lang: "en" }));
    expect(error.fault).toBe("unreachable");
    expect(error.message).toMatch(
      /^The language model at http:\/\/127\.0\.0\.1:\d+ does not answer; is its server running\?$/,
    );
  });

  test.each([
    [401, "auth", 1],
    [403, "auth", 1],
    [404, "config", 1],
    [400, "config", 1],
    [429, "rate-limit", 2],
    [500, "unreachable", 2],
    [503, "unreachable", 2],
  ] as const)("HTTP %i is fault %s and is asked %i time(s)", async (status, fault, asked) => {
    const server = await standIn();
    server.fail(CHAT, { kind: "status", status, retryAfterSeconds: 0 });
    const error = await faultOf(answerOf(await llmAt(server.baseUrl), "hi", { lang: "en" }));
    expect(error.fault).toBe(fault);
    expect(server.requests.length).toBe(asked);
  });

  test("a server that asks for a long pause is not asked again", async () => {
    const server = await standIn();
    server.fail(CHAT, { kind: "status", status: 429, retryAfterSeconds: 30 });
    expect((await faultOf(answerOf(await llmAt(server.baseUrl), "hi", { lang: "en" }))).fault).toBe(
      "rate-limit",
    );
    expect(server.requests.length).toBe(1);
  });

  test("one failure before the first word goes unnoticed", async () => {
    const server = await standIn({ reply: () => "All well." });
    server.fail(CHAT, { kind: "die-mid-sentence", pieces: 0 }, 1);
    const llm = await llmAt(server.baseUrl);
    expect(await answerOf(llm, "hi", { lang: "en" })).toBe("All well.");
    expect(server.requests.length).toBe(2);
    expect(llm.status().status).toBe("ready");
  });

  test("a stream that dies mid-sentence is not started again", async () => {
    const server = await standIn();
    server.fail(CHAT, { kind: "die-mid-sentence", pieces: 3 });
    const llm = await llmAt(server.baseUrl);
    const said: string[] = [];
    const read = async (): Promise<void> => {
      for await (const piece of llm.answer([{ role: "user", content: "hi" }], {
        lang: "en",
        signal: new AbortController().signal,
      }))
        said.push(piece);
    };
    expect((await faultOf(read())).message).toContain("broke off in the middle of an answer");
    expect(said.length).toBe(3);
    expect(server.requests.length).toBe(1);
    expect(llm.status().status).toBe("degraded");
  });

  test.each(["html", "garbage", "malformed-json", "error-in-stream"] as const)(
    "%s is a fault, never a word",
    async (kind) => {
      const server = await standIn();
      server.fail(CHAT, { kind });
      const error = await faultOf(answerOf(await llmAt(server.baseUrl), "hi", { lang: "en" }));
      expect(error.fault).toBe(kind === "error-in-stream" ? "model" : "protocol");
    },
  );

  test("a redirect is not followed with our key", async () => {
    const elsewhere = await standIn();
    const server = await standIn();
    server.fail(CHAT, { kind: "redirect", location: `${elsewhere.baseUrl}/chat/completions` });
    expect((await faultOf(answerOf(await llmAt(server.baseUrl), "hi", { lang: "en" }))).fault).toBe("config");
    expect(elsewhere.requests.length).toBe(0);
  });

  test("no sentence holds the key or the question", async () => {
    for (const status of [400, 401, 429, 500]) {
      const server = await standIn();
      server.fail(CHAT, { kind: "status", status });
      const llm = await llmAt(server.baseUrl, { env: { K: "sk-topsecret" }, preset: { keyEnv: "K" } });
      const error = await faultOf(answerOf(llm, "my private question", { lang: "en" }));
      expect(`${error.message} ${String(error.cause)}`).not.toMatch(/topsecret|private/);
    }
  });
});

describe("waiting", () => {
  test("a model that says nothing is given up after its two tries of 20 seconds", async () => {
    const clock = new VirtualClock();
    const server = await standIn();
    server.fail(CHAT, { kind: "hang-before-headers" });
    const answer = faultOf(answerOf(await llmAt(server.baseUrl, { clock }), "hi", { lang: "en" }));
    for (let step = 0; step < 2; step++) {
      await sockets();
      await clock.advance(fromSeconds(19.9));
      expect(server.requests.length).toBe(step + 1);
      await clock.advance(fromSeconds(0.6));
    }
    const error = await answer;
    expect(error.message).toContain("fell silent before its first word");
    expect(await Promise.all(server.requests.map((request) => request.closed))).toEqual([
      "dropped",
      "dropped",
    ]);
  });

  test("a silence of ten seconds in the middle of an answer ends it", async () => {
    const clock = new VirtualClock();
    const server = await standIn();
    server.fail(CHAT, { kind: "hang-mid-stream", pieces: 2 });
    const answer = faultOf(answerOf(await llmAt(server.baseUrl, { clock }), "hi", { lang: "en" }));
    await sockets();
    await clock.advance(fromSeconds(9.9));
    expect(await server.connections()).toBe(1);
    await clock.advance(fromSeconds(0.2));
    expect((await answer).message).toContain("fell silent in the middle of an answer");
    expect(await server.requests[0]?.closed).toBe("dropped");
  });

  test.each(["hang-before-headers", "hang-mid-stream"] as const)(
    "an abort during %s settles at once and frees the socket",
    async (kind) => {
      const server = await standIn();
      server.fail(CHAT, { kind });
      const turn = new AbortController();
      const reason = new Error("barge-in");
      const answer = answerOf(await llmAt(server.baseUrl), "hi", { lang: "en", signal: turn.signal });
      const settled = expect(answer).rejects.toBe(reason);
      await sockets();
      turn.abort(reason);
      await settled;
      expect(await server.requests[0]?.closed).toBe("dropped");
    },
  );

  test("closing the model ends an answer that is stuck", async () => {
    const server = await standIn();
    server.fail(CHAT, { kind: "hang-mid-stream" });
    const llm = await llmAt(server.baseUrl);
    const answer = faultOf(answerOf(llm, "hi", { lang: "en" }));
    await sockets();
    await llm.close();
    expect((await answer).fault).toBe("unreachable");
  });

  test("a slow model is waited for while it keeps talking", async () => {
    const server = await standIn({
      reply: () => "one two three four",
      firstTokenMs: 60,
      tokensPerSecond: 50,
    });
    const llm = await llmAt(server.baseUrl, { preset: { idleMs: 200, firstTokenMs: 500 } });
    expect(await answerOf(llm, "hi", { lang: "en" })).toBe("one two three four");
  });

  test("a connection is used again", async () => {
    const server = await standIn();
    const llm = await llmAt(server.baseUrl);
    for (let turn = 0; turn < 3; turn++) await answerOf(llm, "hi", { lang: "en" });
    expect(await server.connections()).toBe(1);
    await llm.close();
    await sockets(20);
    expect(await server.connections()).toBe(0);
    expect(fromMillis(1)).toBe(1_000);
  });
});
