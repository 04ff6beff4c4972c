import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { silentLog } from "../../../bridge/core/log.ts";
import { SystemClock } from "../../../bridge/core/time.ts";
import type { Tts } from "../../../inference/dialogue/provider.ts";
import { openAiTts } from "../../../inference/dialogue/tts/openai.ts";
import { OpenAiStandIn } from "../../support/openai-stand-in.ts";
import { secondsOf, spoken, ttsConformance } from "../../support/tts-conformance.ts";

const PATH = "/v1/audio/speech";
const KEY = "sk-very-secret-key";

const voiceAt = (baseUrl: string, more: object = {}): Promise<Tts> =>
  openAiTts.create(
    openAiTts.options.parse({
      baseUrl,
      model: "m",
      voice: "v",
      connectMs: 5_000,
      firstByteMs: 10_000,
      idleMs: 5_000,
      ...more,
    }),
    {
      clock: new SystemClock(),
      log: silentLog,
      env: { SPEECH_KEY: KEY },
      modelFile: () => Promise.reject(new Error("no models here")),
    },
  );

let server: OpenAiStandIn;
beforeEach(async () => {
  server = await new OpenAiStandIn().start();
});
afterEach(() => server.close());

describe("openai speech conforms", () => {
  ttsConformance({
    make: () => voiceAt(server.baseUrl),
    makeStuck: async () => {
      const stuck = await new OpenAiStandIn().start();
      stuck.fail(PATH, { kind: "hang-before-headers" });
      return { tts: await voiceAt(stuck.baseUrl, { firstByteMs: 60_000 }), release: () => stuck.close() };
    },
    phonemes: false,
  });
});

describe("openai speech", () => {
  test("asks for raw PCM with the key from the environment, and hears all of it whatever the cuts", async () => {
    const tts = await voiceAt(server.baseUrl, {
      keyEnv: "SPEECH_KEY",
      speed: 1.1,
      extra: { instructions: "warmly" },
    });
    const whole = secondsOf(await spoken(tts, "**Hello** there 😀, this is a test."));
    expect(server.requests[0]).toMatchObject({
      authorized: true,
      body: {
        model: "m",
        voice: "v",
        input: "Hello there, this is a test.",
        response_format: "pcm",
        speed: 1.1,
        instructions: "warmly",
      },
    });
    server.options = { bytesPerWrite: 777 };
    expect(secondsOf(await spoken(tts, "Hello there, this is a test."))).toBeCloseTo(whole, 6);
    await tts.close();
  });

  test("a key that is not in the environment is a config fault that names the variable", async () => {
    await expect(voiceAt(server.baseUrl, { keyEnv: "NO_SUCH_KEY" })).rejects.toMatchObject({
      fault: "config",
      message: expect.stringContaining("NO_SUCH_KEY"),
    });
  });

  test.each([
    [401, "auth", 1],
    [403, "auth", 1],
    [404, "config", 1],
    [400, "config", 1],
    [429, "rate-limit", 2],
    [500, "unreachable", 2],
    [503, "unreachable", 2],
  ] as const)("HTTP %i is fault %s after %i tries, and no secret is told", async (status, fault, tries) => {
    server.fail(PATH, { kind: "status", status });
    const tts = await voiceAt(server.baseUrl, { keyEnv: "SPEECH_KEY" });
    const error = await spoken(tts, "Hello there.").then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(error).toMatchObject({ name: "BunrakuError", fault });
    expect(error?.message).not.toMatch(/sk-very|Hello there/);
    expect(server.requests).toHaveLength(tries);
    expect(tts.status().status).toBe(fault === "auth" || fault === "config" ? "bad-config" : "degraded");
    await tts.close();
  });

  test("a server that was busy once is asked once more, and is ready again", async () => {
    server.fail(PATH, { kind: "status", status: 503 }, 1);
    const tts = await voiceAt(server.baseUrl);
    expect(secondsOf(await spoken(tts, "Hello there."))).toBeGreaterThan(0.3);
    expect(tts.status().status).toBe("ready");
    await tts.close();
  });

  test("a server that asks for a long pause is not waited for", async () => {
    server.fail(PATH, { kind: "status", status: 429, retryAfterSeconds: 30 });
    const tts = await voiceAt(server.baseUrl);
    await expect(spoken(tts, "Hello there.")).rejects.toMatchObject({ fault: "rate-limit" });
    expect(server.requests).toHaveLength(1);
    await tts.close();
  });

  test.each([
    ["hang-before-headers", "unreachable"],
    ["hang-mid-stream", "unreachable"],
    ["die-mid-sentence", "unreachable"],
    ["html", "protocol"],
    ["oversized", "protocol"],
  ] as const)("a server that does this: %s, is fault %s in bounded time", async (kind, fault) => {
    server.fail(PATH, { kind });
    const tts = await voiceAt(server.baseUrl, { firstByteMs: 500, idleMs: 300 });
    await expect(spoken(tts, "Hello there, this is a long test sentence.")).rejects.toMatchObject({ fault });
    await tts.close();
  });

  test("random bytes are still finite samples between -1 and 1", async () => {
    server.fail(PATH, { kind: "garbage" });
    const tts = await voiceAt(server.baseUrl);
    for (const { pcm } of await spoken(tts, "Hello there."))
      for (const sample of pcm) expect(Math.abs(sample)).toBeLessThanOrEqual(1);
    await tts.close();
  });

  test("a redirect is a config fault, and the key does not travel", async () => {
    server.fail(PATH, { kind: "redirect", location: "http://127.0.0.1:9/v1/audio/speech" });
    const tts = await voiceAt(server.baseUrl, { keyEnv: "SPEECH_KEY" });
    await expect(spoken(tts, "Hello there.")).rejects.toMatchObject({ fault: "config" });
    await tts.close();
  });

  test("an address where nobody listens is unreachable", async () => {
    const gone = await new OpenAiStandIn().start();
    const { baseUrl } = gone;
    await gone.close();
    const tts = await voiceAt(baseUrl);
    await expect(spoken(tts, "Hello there.")).rejects.toMatchObject({ fault: "unreachable" });
    await tts.close();
  });

  test("an abort in the middle of the sound lets go of the socket", async () => {
    server.fail(PATH, { kind: "hang-mid-stream", pieces: 2 });
    const tts = await voiceAt(server.baseUrl, { idleMs: 60_000 });
    const turn = new AbortController();
    const run = async (): Promise<void> => {
      for await (const piece of tts.speak("Hello there, this is a long test.", {
        lang: "en",
        signal: turn.signal,
      }))
        if (piece.pcm.length > 0) setImmediate(() => turn.abort(new Error("barge-in")));
    };
    await expect(run()).rejects.toThrow("barge-in");
    expect(await server.requests[0]?.closed).toBe("dropped");
    await tts.close();
  });
});

describe("what other servers send", () => {
  const answering = async (listener: RequestListener, check: (tts: Tts) => Promise<void>): Promise<void> => {
    const other = createServer(listener);
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const tts = await voiceAt(`http://127.0.0.1:${(other.address() as AddressInfo).port}/v1/`);
    try {
      await check(tts);
    } finally {
      await tts.close();
      other.closeAllConnections();
      await new Promise((resolve) => other.close(resolve));
    }
  };

  test("a WAV is read at the rate it states", () =>
    answering(
      (_, response) => {
        response.writeHead(200, { "content-type": "audio/wav" });
        response.end(wav({ rate: 16_000, channels: 1, samples: 16_000 }));
      },
      async (tts) => {
        const pieces = await spoken(tts, "Hello.");
        expect(pieces[0]?.sampleRate).toBe(16_000);
        expect(secondsOf(pieces)).toBeCloseTo(1, 6);
        expect(pieces[0]?.pcm[1]).toBeCloseTo(0.25, 4);
      },
    ));

  test.each([
    ["an MP3", "audio/mpeg", Buffer.from("ID3 and so on")],
    ["an MP3 under no name", "application/octet-stream", Buffer.from("ID3 and so on")],
    ["a stereo WAV", "audio/wav", () => wav({ rate: 24_000, channels: 2, samples: 100 })],
    ["a JSON apology", "application/json", Buffer.from('{"error":"no voice"}')],
    ["nothing", "audio/pcm", Buffer.alloc(0)],
  ] as const)("%s is refused as a protocol fault", (_, type, body) =>
    answering(
      (_request, response) => {
        response.writeHead(200, { "content-type": type });
        response.end(typeof body === "function" ? body() : body);
      },
      (tts) => expect(spoken(tts, "Hello.")).rejects.toMatchObject({ fault: "protocol" }),
    ),
  );
});

const wav = ({ rate, channels, samples }: { rate: number; channels: number; samples: number }): Buffer => {
  const bytes = Buffer.alloc(44 + samples * 2 * channels);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(0xffffffff, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * 2 * channels, 28);
  bytes.writeUInt16LE(2 * channels, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(0xffffffff, 40);
  for (let at = 44; at < bytes.length; at += 2) bytes.writeInt16LE(8_192, at);
  return bytes;
};
