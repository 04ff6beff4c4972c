import { afterEach, describe, expect, test } from "vitest";
import { BunrakuError } from "../../../../bridge/core/errors.ts";
import { EAR_RATE } from "../../../../bridge/core/frames.ts";
import { fromMillis, VirtualClock } from "../../../../bridge/core/time.ts";
import type { Asr } from "../../../../inference/dialogue/provider.ts";
import { openAiAsr } from "../../../../inference/dialogue/asr/openai.ts";
import { asrConformance } from "../../../support/asr-conformance.ts";
import { OpenAiStandIn, type StandInOptions } from "../../../support/openai-stand-in.ts";
import { toolsOf } from "../../../support/provider-tools.ts";

const NEVER = new AbortController().signal;
const PATH = "/v1/audio/transcriptions";
const servers: OpenAiStandIn[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const standIn = async (options: StandInOptions = {}): Promise<OpenAiStandIn> => {
  const server = await new OpenAiStandIn(options).start();
  servers.push(server);
  return server;
};

const asrAt = (
  baseUrl: string,
  options: { clock?: VirtualClock; env?: Record<string, string>; preset?: Record<string, unknown> } = {},
): Promise<Asr> =>
  openAiAsr.create(
    openAiAsr.options.parse({ baseUrl, model: "whisper-1", ...options.preset }),
    toolsOf(options),
  );

const second = Float32Array.from({ length: EAR_RATE }, (_, i) => 0.3 * Math.sin(i / 5));

const hear = async (asr: Asr, lang: "en" | "zh" = "en", signal: AbortSignal = NEVER): Promise<string> => {
  const turn = asr.begin(lang);
  turn.push(second);
  return turn.transcribe(signal);
};

const faultOf = async (promise: Promise<unknown>): Promise<BunrakuError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(BunrakuError);
  return error as BunrakuError;
};

asrConformance("openai", {
  capabilities: openAiAsr.capabilities,
  make: async () => asrAt((await standIn()).baseUrl),
  speech: () => Promise.resolve(second),
});

describe("what is sent", () => {
  test("a WAV of the whole turn, with model and language", async () => {
    let seconds = 0;
    const server = await standIn({
      transcript: (request) => {
        seconds = request.seconds;
        return " 你好。\n";
      },
    });
    expect(await hear(await asrAt(server.baseUrl), "zh")).toBe("你好。");
    expect(seconds).toBe(1);
    expect(server.requests[0]?.body).toMatchObject({ model: "whisper-1", language: "zh" });
  });

  test("the key, only where the preset names one", async () => {
    const server = await standIn();
    await hear(await asrAt(server.baseUrl));
    await hear(await asrAt(server.baseUrl, { env: { MY_KEY: "sk-1234" }, preset: { keyEnv: "MY_KEY" } }));
    expect(server.requests.map((request) => request.authorized)).toEqual([false, true]);
  });

  test("nothing at all for silence: such servers answer it with thanks", async () => {
    const server = await standIn();
    const turn = (await asrAt(server.baseUrl)).begin("en");
    turn.push(new Float32Array(EAR_RATE));
    expect(await turn.transcribe(NEVER)).toBe("");
    expect(server.requests).toEqual([]);
  });

  test("a key that is not set is said by its name, before anything is asked", async () => {
    const error = await faultOf(asrAt("http://127.0.0.1:9/v1", { preset: { keyEnv: "MY_KEY" } }));
    expect([error.fault, error.message]).toEqual(["config", expect.stringContaining("MY_KEY")]);
  });
});

describe("what goes wrong", () => {
  test.each([
    [401, "auth"],
    [404, "config"],
    [400, "config"],
    [429, "rate-limit"],
    [503, "unreachable"],
  ])("HTTP %i is fault %s", async (status, fault) => {
    const server = await standIn();
    server.fail(PATH, { kind: "status", status });
    const error = await faultOf(hear(await asrAt(server.baseUrl)));
    expect(error.fault).toBe(fault);
    expect(error.message).not.toContain("sk-");
  });

  test("one refusal for a moment's load is forgiven", async () => {
    const server = await standIn();
    server.fail(PATH, { kind: "status", status: 503 }, 1);
    expect(await hear(await asrAt(server.baseUrl))).not.toBe("");
    expect(server.requests).toHaveLength(2);
  });

  test("a server that is not there is unreachable, and the status says so", async () => {
    const asr = await asrAt("http://127.0.0.1:9/v1");
    expect((await faultOf(hear(asr))).fault).toBe("unreachable");
    expect(asr.status().status).toBe("degraded");
  });

  test("a server that never answers is given up after the preset's time, twice", async () => {
    const server = await standIn({ firstTokenMs: 60_000 });
    const clock = new VirtualClock();
    const failed = faultOf(hear(await asrAt(server.baseUrl, { clock, preset: { timeoutMs: 2_000 } })));
    await clock.advance(fromMillis(2_000));
    await clock.advance(fromMillis(250));
    await clock.advance(fromMillis(2_000));
    expect((await failed).fault).toBe("unreachable");
  });
});
