import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SystemClock } from "../../bridge/core/time.ts";
import { encode } from "../../bridge/wire/encode.ts";
import { MAX_CONTROL_BYTES } from "../../bridge/wire/messages.ts";
import { ModelStore } from "../../inference/models/store.ts";
import { modelOrSkip, userModels } from "../support/model-store.ts";
import { CLOSES_WITHIN, Session } from "../support/session.ts";
import type { Spectator } from "../support/spectator.ts";
import { withinSeconds } from "../support/story.ts";
import { spokenWavs } from "../support/wavs.ts";

const vad = await modelOrSkip("silero-vad/model");
const NO_MODEL = vad === undefined ? " (skipped: no package registry to fetch the model from)" : "";

describe("bad input over the link and over HTTP", () => {
  let session: Session;
  let engine: Spectator;

  beforeAll(async () => {
    session = await Session.start({
      puppets: [
        { id: "okichi", subject: "Okichi" },
        { id: "kobei", subject: "Kobei", seed: 2 },
      ],
    });
    engine = await session.spectator();
    await engine.played("ended", { puppet: "okichi" });
    await engine.played("ended", { puppet: "kobei" });
  });
  afterAll(async () => {
    expect(await session.close()).toBeLessThan(CLOSES_WITHIN);
  });

  /** The puppet still answers. */
  const answers = async (): Promise<void> => {
    const from = engine.mark;
    engine.say("Still here.");
    const { turn } = await engine.told("subtitle", { from, where: ({ text }) => text.startsWith("Still") });
    await engine.played("ended", { from, turn, puppet: "okichi" });
  };

  const animation = (): Uint8Array =>
    encode(
      {
        type: "animation",
        handle: 1,
        pts: 0 as never,
        turn: undefined,
        curves: new Float32Array(61),
        bones: new Float32Array(0),
      },
      0,
    );
  const nanAngles = (): Uint8Array => {
    const bytes = animation();
    new DataView(bytes.buffer, bytes.byteOffset).setFloat32(bytes.length - 4, Number.NaN, true);
    return bytes;
  };
  const control = (type: number, body: string): Uint8Array => {
    const text = Buffer.from(body);
    const bytes = Buffer.alloc(16 + text.length);
    bytes.write("BK", 0, "latin1");
    bytes[2] = 1;
    bytes[3] = type;
    bytes.writeUInt32LE(text.length, 12);
    text.copy(bytes, 16);
    return bytes;
  };

  test.each([
    ["no message at all", () => Buffer.from("hello there, puppet")],
    ["a header that is cut", () => control(8, "{}").subarray(0, 9)],
    ["a length that lies", () => control(8, '{"kind":"interrupt"}').subarray(0, 25)],
    ["JSON that is none", () => control(8, '{"kind":"ask","text":')],
    ["a command that is none", () => control(8, '{"kind":"dance"}')],
    ["a text that is a number", () => control(8, '{"kind":"ask","text":5}')],
    [
      "an oversize command",
      () => control(8, JSON.stringify({ kind: "ask", text: "a".repeat(MAX_CONTROL_BYTES) })),
    ],
    ["curves, which are not for the daemon", animation],
    ["an angle that is no number", nanAngles],
    ["a second hello", () => control(1, '{"role":"page","name":"x","minor":0,"audible":false}')],
    ["a puppet nobody has", () => encode({ type: "command", handle: 99, body: { kind: "interrupt" } }, 0)],
  ])("%s is answered with an error, and the link lives on", async (_what, bytes) => {
    const peer = await session.peer({ role: "console" });
    await peer.got("welcome");
    const from = peer.story.mark;
    peer.sendBytes(bytes());
    const { body } = await peer.got("error", { from });
    expect(["protocol", "input"]).toContain(body.fault);
    expect(body.message.length).toBeGreaterThan(10);
    peer.send({ type: "command", handle: 1, body: { kind: "interrupt" } });
    peer.send({ type: "command", handle: 99, body: { kind: "interrupt" } });
    await peer.got("error", { from: peer.story.mark });
    await peer.leave();
  });

  test("a message of a newer minor version is ignored", async () => {
    const peer = await session.peer({ role: "console" });
    const welcome = await peer.got("welcome");
    expect(welcome.body.puppets.map(({ puppet }) => puppet)).toEqual(["okichi", "kobei"]);
    const from = peer.story.mark;
    peer.sendBytes(control(14, "{}"));
    peer.sendBytes(control(8, '{"kind":"interrupt","tomorrow":true}'));
    peer.sendBytes(Buffer.from("rubbish"));
    await peer.got("error", { from });
    expect(peer.story.all.slice(from).filter(({ type }) => type === "error")).toHaveLength(1);
    await peer.leave();
  });

  test("another major version is refused in words that name both", async () => {
    const peer = await session.stranger();
    const hello = Buffer.from(
      encode({ type: "hello", body: { role: "page", name: "old", minor: 0, audible: true } }, 0),
    );
    hello[2] = 2;
    peer.sendBytes(hello);
    const { body } = await peer.got("error");
    expect(body.message).toMatch(/2/);
    expect(body.message).toMatch(/1/);
    await withinSeconds("the refusal", peer.closed);
  });

  test("whoever sends nothing but rubbish is shown out", async () => {
    const peer = await session.peer({ role: "console" });
    await peer.got("welcome");
    for (let i = 0; i < 25; i++) peer.sendBytes(Buffer.from(`rubbish ${i}`));
    await withinSeconds("the way out", peer.closed);
    await answers();
  });

  test("a message of more than the listener takes ends that link only", async () => {
    const peer = await session.peer({ role: "console" });
    await peer.got("welcome");
    peer.sendBytes(Buffer.alloc(200_000, 7));
    expect((await withinSeconds("the end of the link", peer.closed)).code).toBeGreaterThan(1_000);
    await answers();
  });

  test("a peer that never reads is sent only so much, and holds up nobody", async () => {
    const peer = await session.peer({ name: "sleeper" });
    await peer.got("welcome");
    peer.socket.pause();
    await answers();
    await answers();
    peer.socket.resume();
    peer.socket.terminate();
  });

  test.each([
    ["an empty text", "", ""],
    ["only spaces", "   ", ""],
    ["emoji", "Hello 👋🏽 world 🎭!", "Hello"],
    ["only emoji", "🎭🎭🎭", ""],
    ["mixed Mandarin and English", "我喜欢 bunraku 和 puppet。", "我喜欢"],
    ["a byte order mark and control signs", "\ufeffYes\u0000 and\u0007 no.", "Yes"],
  ])("%s to say does no harm", async (_what, text, said) => {
    const from = engine.mark;
    engine.say(text);
    if (said !== "") {
      const { turn } = await engine.told("subtitle", {
        from,
        where: ({ text: shown }) => shown.includes(said),
      });
      await engine.played("ended", { from, turn, puppet: "okichi" });
    }
    await answers();
  });

  test("10,000 characters are cut in words, over HTTP refused in words", async () => {
    const from = engine.mark;
    engine.say("word ".repeat(2_000));
    const trouble = await engine.told("trouble", { from });
    expect(trouble).toMatchObject({ fault: "input" });
    await engine.played("started", { from, puppet: "okichi" });
    engine.engine.command({ kind: "interrupt" });
    await engine.played("flushed", { from, puppet: "okichi" });
    const answer = await session.post("/v1/say", { text: "word ".repeat(2_000) });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toMatch(/2000/);
    await answers();
  });

  test("HTTP: what cannot be done is refused in words, what can is done", async () => {
    for (const [path, body, status] of [
      ["/v1/say", "{", 400],
      ["/v1/say", {}, 400],
      ["/v1/say", { text: 7 }, 400],
      ["/v1/say", [], 400],
      ["/v1/ask", { text: "x", puppet: "nobody" }, 400],
      ["/v1/say", { text: "x".repeat(100_000) }, 400],
      ["/v1/dance", { text: "x" }, 404],
    ] as const) {
      const answer = await session.post(path, body);
      expect(answer.status, `${path} ${JSON.stringify(body).slice(0, 40)}`).toBe(status);
      expect(JSON.stringify(answer.body).length).toBeGreaterThan(20);
    }
    const from = engine.mark;
    const { status, body } = await session.post("/v1/ask", { text: "What is your name?", puppet: "kobei" });
    expect(status).toBe(200);
    expect(body).toMatchObject({ puppet: "kobei", heard: true });
    const { turn } = await engine.played("started", { from, puppet: "kobei" });
    await engine.played("ended", { from, turn, puppet: "kobei" });
  });

  test("two puppets speak at the same time, each its own turn", async () => {
    const from = engine.mark;
    await session.post("/v1/say", { text: "One two three four five six.", puppet: "okichi" });
    await session.post("/v1/say", { text: "Seven eight nine ten eleven.", puppet: "kobei" });
    const one = await engine.played("started", { from, puppet: "okichi" });
    const two = await engine.played("started", { from, puppet: "kobei" });
    const endOne = await engine.played("ended", { from, puppet: "okichi" });
    const endTwo = await engine.played("ended", { from, puppet: "kobei" });
    expect(Math.max(one.pts, two.pts)).toBeLessThan(Math.min(endOne.pts, endTwo.pts));
    const said = engine.story.all.slice(from).flatMap((event) => {
      const subtitle = event.kind === "event" && event.body["kind"] === "subtitle";
      return subtitle ? [`${event.puppet}: ${String(event.body["text"]).trim()}`] : [];
    });
    expect(said.some((line) => line.startsWith("okichi: One"))).toBe(true);
    expect(said.some((line) => line.startsWith("kobei: Seven"))).toBe(true);
  });
});

describe("models that are not as they should be", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "bunraku-models-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const store = (): ModelStore =>
    new ModelStore({
      folder,
      npm: { node: process.execPath, env: process.env },
      offline: true,
      clock: new SystemClock(),
    });

  /** The puppet says in one sentence why it is deaf, and everything else works. */
  const isDeaf = async (sentence: RegExp): Promise<void> => {
    const session = await Session.start({ asr: { provider: "moonshine" } }, { models: store() });
    const engine = await session.spectator();
    await withinSeconds("the ears to give up", session.daemon.settled);
    await engine.answer(0);
    const from = engine.mark;
    const [wav = new Uint8Array()] = await spokenWavs(["Hello?"]);
    engine.play(wav);
    const trouble = await engine.told("trouble", { from });
    expect(trouble).toMatchObject({ fault: "model" });
    expect(trouble.message).toMatch(sentence);
    expect(session.senses().get("ears")).toMatchObject({ status: "degraded" });
    engine.ask("What is your name?");
    expect((await engine.answer(from)).text).toMatch(/Koharu/);
    expect(engine.events("trouble", from)).toHaveLength(1);
    expect(await session.close()).toBeLessThan(CLOSES_WITHIN);
  };

  test("offline with an empty cache the puppet is deaf and says why, and speaks", async () => {
    await isDeaf(/is not on this machine, and --offline forbids fetching/);
  });

  test.skipIf(NO_MODEL !== "")(
    `a model with one flipped byte is refused in one sentence${NO_MODEL}`,
    async () => {
      const from = userModels().list();
      const to = store().list();
      for (const [index, { path }] of from.entries()) {
        const target = to[index]?.path ?? "";
        await cp(path, target, { recursive: true });
      }
      const victim = to.find(({ id }) => id === "silero-vad/model")?.path ?? "";
      const bytes = await readFile(victim);
      bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
      await writeFile(victim, bytes);
      await isDeaf(/silero-vad\/model is damaged/);
    },
  );
});
