import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TurnId } from "../../../bridge/core/frames.ts";
import { fromMillis, plus } from "../../../bridge/core/time.ts";
import { HeadlessEngine } from "../../../bridge/engines/headless.ts";
import type { HeadlessEvent } from "../../../bridge/engines/headless-events.ts";
import { headlessOptions } from "../../../bridge/engines/headless.options.ts";
import { SmallDaemon } from "../../support/small-daemon.ts";

/** Real time on a shared machine: bounds are several times what a quiet machine shows. */
const DELAY = fromMillis(150);
let daemon: SmallDaemon;
let url: string;
let stop: AbortController;
let events: HeadlessEvent[];
let done: Promise<unknown>[];

beforeEach(async () => {
  daemon = new SmallDaemon(DELAY);
  url = await daemon.open();
  stop = new AbortController();
  events = [];
  done = [];
});

afterEach(async () => {
  stop.abort(new Error("the test ends"));
  await Promise.all(done);
  await daemon.close();
});

const start = (options: Record<string, unknown> = {}): HeadlessEngine => {
  const engine = new HeadlessEngine({ ...headlessOptions.parse({ url, ...options }), truth: daemon.clock });
  done.push(engine.run(stop.signal));
  done.push(
    (async () => {
      for await (const event of engine.events) events.push(event);
    })(),
  );
  return engine;
};

const wait = (ms: number): Promise<void> =>
  daemon.clock.sleepUntil(plus(daemon.clock.now(), fromMillis(ms)), stop.signal);

const event = async <K extends HeadlessEvent["kind"]>(
  kind: K,
): Promise<Extract<HeadlessEvent, { kind: K }>> => {
  const end = plus(daemon.clock.now(), fromMillis(8_000));
  for (;;) {
    const found = events.find((other) => other.kind === kind);
    if (found !== undefined) return found as Extract<HeadlessEvent, { kind: K }>;
    if (daemon.clock.now() > end) throw new Error(`no "${kind}" within 8 s, but ${JSON.stringify(events)}`);
    await wait(5);
  }
};

/** Platform time of an event on the daemon's clock. */
const onDaemon = (at: number): number => (at - Number(daemon.clock.origin)) / 1_000;

describe("a headless engine with a clock 200 ppm fast and 90 s ahead", () => {
  test("presents sound at its pts and the face with it, and reports what was heard", async () => {
    const engine = start({ drift: 200, offsetMs: 90_000 });
    await event("synchronized");
    const begin = await daemon.say(1, 2);
    const heard = await daemon.playout.finish(1 as TurnId, stop.signal);
    expect(heard).toMatchObject({ turn: 1, text: "a long tone" });
    const audible = await event("audible");
    expect(Math.abs(audible.pts - begin)).toBeLessThan(2_000);
    expect(Math.abs(onDaemon(audible.at) - begin)).toBeLessThan(5_000);
    const states = daemon.reports.map(({ state }) => state);
    expect(states[0]).toBe("started");
    expect(states.at(-1)).toBe("ended");
    expect(states.filter((state) => state === "playing").length).toBeGreaterThan(5);
    const progress = daemon.reports.map(({ upTo }) => upTo);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    const { skew, error, underruns, ticks } = engine.summary();
    expect(ticks).toBeGreaterThan(60);
    expect(underruns).toBe(0);
    expect(skew.count).toBeGreaterThan(30);
    // One process is daemon and engine here, so a stall of the machine is seen as skew; the bench holds the p99.
    expect(Math.abs(skew.p50)).toBeLessThan(2_000);
    expect(Math.abs(error.p50)).toBeLessThan(3_000);
    expect(engine.curves()).toHaveLength(61);
  });

  test("a flush is silent at once and confirmed", async () => {
    start({ drift: 200, offsetMs: 90_000 });
    await event("synchronized");
    await daemon.say(1, 3);
    await event("audible");
    await wait(600);
    const heard = await daemon.playout.flush(1 as TurnId);
    expect(heard.upTo).toBeGreaterThan(300_000);
    expect(heard.upTo).toBeLessThan(2_500_000);
    const silent = await event("silent");
    // The fade, one device buffer on the way, and one block.
    expect(silent.afterFlushUs).toBeLessThan(150_000);
    expect(daemon.reports.filter(({ state }) => state === "flushed")).toHaveLength(1);
    expect(daemon.reports.filter(({ state }) => state === "ended")).toHaveLength(0);
  });
});

test("over a network with delay, jitter and loss the face still keeps to the sound", async () => {
  const path = { delayMs: 8, jitterMs: 4, loss: 0.05 };
  const engine = start({ drift: -200, incoming: path, outgoing: path });
  await event("synchronized");
  await wait(1_500);
  await daemon.say(1, 2);
  await daemon.playout.finish(1 as TurnId, stop.signal);
  const { skew, lost, underruns } = engine.summary();
  expect(lost).toBeGreaterThan(0);
  expect(underruns).toBe(0);
  expect(Math.abs(skew.p50)).toBeLessThan(2_000);
});

test("a wav file is spoken into the daemon in real time, and the microphone stays open after it", async () => {
  const engine = start();
  await event("synchronized");
  const wav = Buffer.alloc(44 + 2 * 4_800);
  wav.write("RIFF", 0);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(16_000, 24);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(2 * 4_800, 40);
  for (let i = 0; i < 4_800; i++) wav.writeInt16LE(1_000 + i, 44 + 2 * i);
  engine.play(wav, stop.signal);
  const ended = await event("voice-ended");
  const started = await event("voice-started");
  await wait(200);
  expect((ended.at - started.at) / 1e6).toBeCloseTo(300, 0);
  expect(daemon.commands).toContainEqual({ kind: "microphone", on: true });
  const pcm = daemon.voices.flatMap((piece) => [...piece.pcm]);
  expect(pcm.slice(0, 4_800)).toEqual(Array.from({ length: 4_800 }, (_, i) => 1_000 + i));
  expect(pcm.length).toBeGreaterThan(4_800);
  expect(pcm.slice(4_800).every((sample) => sample === 0)).toBe(true);
  const first = daemon.voices[0];
  expect(first?.sampleRate).toBe(16_000);
  expect(Math.abs((first?.at ?? 0) - onDaemon(started.at))).toBeLessThan(30_000);
});

test("with no daemon it says where it looked", async () => {
  const engine = new HeadlessEngine(headlessOptions.parse({ url: "ws://127.0.0.1:1/link" }));
  await expect(engine.run(stop.signal)).rejects.toMatchObject({
    fault: "unreachable",
    message: expect.stringContaining("127.0.0.1:1") as string,
  });
});

test("it ends when the daemon closes the link", async () => {
  start();
  await event("welcome");
  for (const link of daemon.links) await link.close();
  expect((await event("closed")).reason).not.toBe("");
});

test("as a process of its own it tells what it hears, one JSON line an event", async () => {
  const entry = fileURLToPath(new URL("../../../.build/bridge/engines/headless-main.js", import.meta.url));
  const child = spawn(process.execPath, [
    entry,
    `--options=${JSON.stringify({ url, drift: 100 })}`,
    `--origin=${String(daemon.clock.origin)}`,
  ]);
  done.push(once(child, "exit"));
  void (async () => {
    for await (const line of createInterface({ input: child.stdout }))
      events.push(JSON.parse(line) as HeadlessEvent);
  })();
  await event("synchronized");
  const begin = await daemon.say(1, 0.5);
  await daemon.playout.finish(1 as TurnId, stop.signal);
  const audible = await event("audible");
  expect(Math.abs(onDaemon(audible.at) - begin)).toBeLessThan(10_000);
  child.stdin.write(`${JSON.stringify({ command: "interrupt" })}\n`);
  await event("ended");
  child.stdin.write(`${JSON.stringify({ command: "stop" })}\n`);
  const { summary } = await event("summary");
  expect(summary.skew.count).toBeGreaterThan(5);
  await once(child, "exit");
  expect(child.exitCode).toBe(0);
  expect(daemon.commands).toContainEqual({ kind: "interrupt" });
});
