import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CURVE } from "../../bridge/core/arkit.ts";
import { fromMillis, fromSeconds, type Micros } from "../../bridge/core/time.ts";
import type { HeardState } from "../../bridge/wire/messages.ts";
import { wavBody } from "../../bridge/core/wav-body.ts";
import { modelOrSkip } from "../support/model-store.ts";
import { Session } from "../support/session.ts";
import type { Spectator } from "../support/spectator.ts";
import { withinSeconds } from "../support/story.ts";
import { spokenWavs } from "../support/wavs.ts";
import type { WirePeer } from "../support/wire-peer.ts";

const RATE = 24_000;
const example = fileURLToPath(new URL("../../bridge/wire/examples/voice-client.mjs", import.meta.url));

/** Four syllables a second of a voiced hum: loud and soft by turns, as speech is. */
const hum = (seconds: number): Float32Array =>
  Float32Array.from({ length: seconds * RATE }, (_, i) => {
    const t = i / RATE;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 4 * t));
    return 0.5 * syllable * (Math.sin(2 * Math.PI * 140 * t) + 0.5 * Math.sin(2 * Math.PI * 700 * t));
  });

/** Sends a turn's sound as fast as it goes. */
const stream = (voice: WirePeer, sound: Float32Array): void => {
  for (let from = 0; from < sound.length; from += 480) {
    const pcm = Int16Array.from(sound.subarray(from, from + 480), (sample) => Math.round(sample * 32_767));
    voice.send({ type: "voice", handle: 1, at: 0 as Micros, sampleRate: RATE, pcm });
  }
};

const finish = (voice: WirePeer, turn: number): void =>
  voice.send({ type: "finish", handle: 1, turn, pts: 0 as Micros });

const heard = (voice: WirePeer, turn: number, state: HeardState) =>
  voice.got("heard", { where: (report) => report.turn === turn && report.state === state });

const states = (voice: WirePeer, turn: number): HeardState[] =>
  voice.story.all.flatMap((m) =>
    m.type === "heard" && m.turn === turn && m.state !== "playing" ? [m.state] : [],
  );

/** Runs the example client; its lines, and its exit code. */
const runExample = (args: readonly string[]): Promise<{ code: number | null; lines: string[] }> =>
  withinSeconds(
    "the example client",
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [example, ...args], { stdio: ["ignore", "pipe", "pipe"] });
      let text = "";
      child.stdout.on("data", (bytes: Buffer) => (text += bytes.toString("utf8")));
      child.stderr.on("data", (bytes: Buffer) => (text += bytes.toString("utf8")));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, lines: text.trim().split("\n") }));
    }),
  );

const ears = await Promise.all([modelOrSkip("silero-vad/model"), modelOrSkip("moonshine-tiny/encoder")]);
const NO_EARS = ears.includes(undefined)
  ? " (skipped: no package registry to fetch the ears' models from)"
  : "";

describe("the voice of another agent", () => {
  let session: Session;
  let engine: Spectator;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "bunraku-voice-"));
    session = await Session.start({});
    engine = await session.spectator();
    await engine.answer(0);
  });

  afterAll(async () => {
    await session.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("the example client's wav is heard, moves the mouth, and it is told so", async () => {
    const file = join(folder, "hum.wav");
    writeFileSync(file, wavBody(hum(2), RATE));
    const from = engine.mark;
    const witness = await session.peer();
    const client = runExample([file, session.link]);
    const { turn } = await engine.played("started", { from });
    await engine.played("ended", { from, turn });
    const { code, lines } = await client;
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^started, 0\.[01]\d s$/);
    expect(lines.at(-1)).toBe("finished, 2.00 s");
    const progress = lines.slice(1, -1);
    expect(progress.length).toBeGreaterThan(8);
    expect(progress.every((line) => /^heard, [012]\.\d\d s$/.test(line))).toBe(true);
    const audible = engine.story.all.find((event) => event.kind === "audible" && event.turn === turn);
    expect(audible).toBeDefined();
    const jaws = witness
      .poses()
      .filter((pose) => pose.turn === turn)
      .map((pose) => pose.curves[CURVE.jawOpen] ?? 0);
    // 2 s of syllables: it opens and closes with each.
    expect(jaws.length).toBeGreaterThan(100);
    expect(Math.max(...jaws)).toBeGreaterThan(0.15);
    expect(Math.min(...jaws.slice(20, 100))).toBeLessThan(0.6 * Math.max(...jaws));
  });

  test("two turns are heard after one another, and each is answered by its own number", async () => {
    const voice = await session.peer({ role: "voice" });
    for (const turn of [1, 2]) {
      stream(voice, hum(1));
      finish(voice, turn);
    }
    expect((await heard(voice, 1, "ended")).upTo).toBeCloseTo(fromSeconds(1), -4);
    expect((await heard(voice, 2, "ended")).upTo).toBeCloseTo(fromSeconds(1), -4);
    expect(states(voice, 1)).toEqual(["started", "ended"]);
    expect(states(voice, 2)).toEqual(["started", "ended"]);
    const order = voice.story.all.flatMap((m) =>
      m.type === "heard" && m.state !== "playing" ? [m.turn] : [],
    );
    expect(order).toEqual([1, 1, 2, 2]);
    await voice.leave();
  });

  test("words become subtitles and the text of what was heard", async () => {
    const from = engine.mark;
    const voice = await session.peer({ role: "voice" });
    const words = ["Good", "evening.", "Please", "sit."].map((text, i) => ({
      text,
      start: fromMillis(i * 250),
      end: fromMillis(i * 250 + 240),
    }));
    voice.send({ type: "command", handle: 1, body: { kind: "words", words } });
    stream(voice, hum(1));
    finish(voice, 1);
    const { turn, text } = await engine.answer(from);
    expect(text).toBe("Good evening. Please sit.");
    expect(engine.clauses(turn).map((clause) => clause.text)).toEqual(["Good evening.", "Please sit."]);
    const told = await voice.got("event", { where: ({ body }) => body.kind === "heard" });
    expect(told.body).toEqual({ kind: "heard", turn: 1, text, interrupted: false });
    await voice.leave();
  });

  test("its own flush stops it at once, and the next turn is heard", async () => {
    const from = engine.mark;
    const voice = await session.peer({ role: "voice" });
    stream(voice, hum(5));
    await heard(voice, 1, "started");
    voice.send({ type: "flush", handle: 1, turn: 1, fade: 0 as Micros });
    const { upTo } = await heard(voice, 1, "flushed");
    expect(upTo).toBeLessThan(fromSeconds(1));
    await engine.played("flushed", { from });
    stream(voice, hum(1));
    finish(voice, 2);
    await heard(voice, 2, "ended");
    expect(states(voice, 1)).toEqual(["started", "flushed"]);
    await voice.leave();
  });

  test("what the puppet is asked interrupts the voice: what it still sends is dropped until it ends the turn", async () => {
    const from = engine.mark;
    const voice = await session.peer({ role: "voice" });
    stream(voice, hum(4));
    await heard(voice, 1, "started");
    engine.say("Excuse me.");
    const { upTo } = await heard(voice, 1, "flushed");
    expect(upTo).toBeGreaterThan(0);
    expect(upTo).toBeLessThan(fromSeconds(2));
    stream(voice, hum(1));
    const said = await engine.told("heard", { from, where: ({ text }) => text === "Excuse me." });
    expect(said.interrupted).toBe(false);
    finish(voice, 1);
    stream(voice, hum(1));
    finish(voice, 2);
    expect((await heard(voice, 2, "ended")).upTo).toBeCloseTo(fromSeconds(1), -4);
    await voice.leave();
  });

  test("a voice stops what the puppet says of its own", async () => {
    const from = engine.mark;
    engine.say(
      "This is a rather long line that nobody will ever hear to its end, for somebody else will speak.",
    );
    const own = await engine.played("started", { from });
    const voice = await session.peer({ role: "voice" });
    stream(voice, hum(1));
    finish(voice, 1);
    await engine.played("flushed", { from, turn: own.turn });
    await heard(voice, 1, "ended");
    await voice.leave();
  });

  test("an end of a turn that never began is refused in words", async () => {
    const voice = await session.peer({ role: "voice" });
    finish(voice, 7);
    const { body } = await voice.got("error");
    expect(body).toMatchObject({ fault: "input", message: expect.stringContaining("turn 7") });
    await voice.leave();
  });
});

describe.skipIf(NO_EARS !== "")(`a user who speaks while another agent does${NO_EARS}`, () => {
  test("stops it, and the agent is told how far it was heard and what the user said", async () => {
    const [wav] = await spokenWavs(["Wait, what is your name?"]);
    const session = await Session.start({ asr: { provider: "moonshine" } });
    try {
      const engine = await session.spectator();
      await withinSeconds("the ears", session.daemon.settled, 60);
      await engine.answer(0);
      const from = engine.mark;
      const voice = await session.peer({ role: "voice" });
      stream(voice, hum(20));
      finish(voice, 1);
      const { turn } = await engine.played("started", { from });
      engine.play(wav ?? new Uint8Array());
      const { upTo } = await heard(voice, 1, "flushed");
      expect(upTo).toBeGreaterThan(0);
      expect(upTo).toBeLessThan(fromSeconds(6));
      const flushed = await engine.played("flushed", { from, turn });
      expect(flushed.pts).toBeGreaterThan(0);
      const words = await voice.got("event", { where: ({ body }) => body.kind === "user" && body.final });
      expect(words.body).toMatchObject({ text: expect.stringMatching(/name/i) });
      // Answering is the agent's now: the puppet's own mind stays silent.
      stream(voice, hum(1));
      finish(voice, 2);
      await heard(voice, 2, "ended");
      const agent = engine.events("subtitle", from);
      expect(agent).toEqual([]);
    } finally {
      await session.close();
    }
  });
});
