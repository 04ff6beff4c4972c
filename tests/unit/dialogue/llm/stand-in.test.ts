import { afterEach, expect, test } from "vitest";
import { OpenAiStandIn } from "../../../support/openai-stand-in.ts";

const servers: OpenAiStandIn[] = [];
const standIn = async (
  options: ConstructorParameters<typeof OpenAiStandIn>[0] = {},
): Promise<OpenAiStandIn> => {
  const server = await new OpenAiStandIn(options).start();
  servers.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const post = (server: OpenAiStandIn, path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${server.baseUrl}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

test("the stand-in streams a chat answer as server-sent events with usage and an end mark", async () => {
  const server = await standIn({ reply: (user) => `You said ${user}.`, newline: "\r\n" });
  const response = await post(server, "/chat/completions", {
    stream: true,
    messages: [{ role: "user", content: "hi" }],
  });
  const text = await response.text();
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(text).toContain("\r\n\r\n");
  expect(text).toContain('"usage"');
  expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
  const content = [...text.matchAll(/"content":"([^"]*)"/g)].map((match) => match[1]).join("");
  expect(content).toBe("You said hi.");
});

test("the stand-in speaks 24 kHz sound whose length follows the text", async () => {
  const server = await standIn({ charactersPerSecond: 10 });
  const short = await (await post(server, "/audio/speech", { input: "ten letter" })).arrayBuffer();
  const long = await (await post(server, "/audio/speech", { input: "ten letterten letter" })).arrayBuffer();
  expect(short.byteLength).toBe(48_000);
  expect(long.byteLength).toBe(96_000);
  const samples = new Int16Array(short);
  expect(samples.reduce((max, sample) => Math.max(max, Math.abs(sample)), 0)).toBeGreaterThan(3_000);
});

test("the stand-in reads the sound of a transcription and never keeps the key", async () => {
  const server = await standIn({
    transcript: ({ seconds, language }) => `${language} ${seconds.toFixed(1)}`,
  });
  const wav = Buffer.alloc(44 + 32_000);
  wav.write("RIFF", 0, "latin1");
  wav.writeUInt32LE(32_000, 28);
  const form = new FormData();
  form.set("file", new Blob([wav]), "turn.wav");
  form.set("language", "zh");
  const response = await fetch(`${server.baseUrl}/audio/transcriptions`, {
    method: "POST",
    headers: { authorization: "Bearer sk-very-secret" },
    body: form,
  });
  expect(await response.json()).toEqual({ text: "zh 1.0" });
  expect(server.requests[0]?.authorized).toBe(true);
  expect(JSON.stringify(server.requests)).not.toContain("sk-very-secret");
});

test("a fault strikes as often as asked, then the stand-in is well again", async () => {
  const server = await standIn();
  server.fail("/v1/chat/completions", { kind: "status", status: 429, retryAfterSeconds: 2 }, 1);
  const first = await post(server, "/chat/completions", { stream: true, messages: [] });
  expect(first.status).toBe(429);
  expect(first.headers.get("retry-after")).toBe("2");
  const second = await post(server, "/chat/completions", { stream: true, messages: [] });
  expect(second.status).toBe(200);
  await second.text();
});

test("a stream that dies mid-sentence is an error for the reader", async () => {
  const server = await standIn();
  server.fail("/v1/chat/completions", { kind: "die-mid-sentence" });
  const response = await post(server, "/chat/completions", { stream: true, messages: [] });
  await expect(response.text()).rejects.toThrow();
});
