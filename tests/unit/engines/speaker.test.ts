import { expect, test } from "vitest";
import type { HeardReport } from "../../../bridge/core/engine.ts";
import { BunrakuError } from "../../../bridge/core/errors.ts";
import { AUDIO_PIECE, AUDIO_RATE, type PuppetId, type TurnId } from "../../../bridge/core/frames.ts";
import { silentLog } from "../../../bridge/core/log.ts";
import { fromMillis, toMillis, VirtualClock, type Clock, type Micros } from "../../../bridge/core/time.ts";
import { NaudiodonDevice } from "../../../bridge/engines/naudiodon-device.ts";
import { speakerDelay, SpeakerEngine } from "../../../bridge/engines/speaker.ts";
import { speakerOptions } from "../../../bridge/engines/speaker.options.ts";
import { FakeSoundCard } from "../../support/fake-sound-card.ts";

const ms = fromMillis;
const hana = "hana" as PuppetId;
const taro = "taro" as PuppetId;

interface Told extends HeardReport {
  /** When it was told. */
  readonly at: Micros;
}

const setup = async (
  card: { buffer?: number; latencyMs?: number; ppm?: number } = {},
  options: { latencyMs?: number } = {},
) => {
  const clock = new VirtualClock(ms(5_000));
  const device = new FakeSoundCard({ clock, ...card });
  const reports: Told[] = [];
  const audible: boolean[] = [];
  let stalled = 0;
  const ours: Clock = {
    now: () => clock.now(),
    sleepUntil: (at, signal) => clock.sleepUntil(Math.max(at, stalled) as Micros, signal),
  };
  const speaker = new SpeakerEngine({
    ...speakerOptions.parse(options),
    clock: ours,
    log: silentLog,
    listener: {
      heard: (_engine, report) => void reports.push({ ...report, at: clock.now() }),
      audibleChanged: (engine) => void audible.push(engine.audible()),
    },
    open: () => Promise.resolve(device),
  });
  for (const puppet of [hana, taro]) speaker.describe({ puppet });
  const stop = new AbortController();
  const running = speaker.run(stop.signal);
  await clock.advance(ms(200));
  const states = (puppet = hana): string[] =>
    reports.filter((r) => r.puppet === puppet && r.state !== "playing").map((r) => r.state);
  return {
    clock,
    device,
    speaker,
    reports,
    audible,
    states,
    /** The speaker's thread does not come to run for a while. */
    stall: (span: Micros) => void (stalled = clock.now() + span),
    stop: () => (stop.abort(new Error("over")), running),
  };
};

type Scene = Awaited<ReturnType<typeof setup>>;

/** Sends a tone of `length` at `pts`, as the playout would. */
const speak = (
  { speaker }: Scene,
  what: { puppet?: PuppetId; turn: number; pts: number; length: number; level?: number },
): void => {
  const { puppet = hana, turn, pts, length, level = 0.5 } = what;
  for (let from = 0; from < (length * AUDIO_RATE) / 1e6; from += AUDIO_PIECE) {
    const pcm = new Int16Array(AUDIO_PIECE).fill(Math.round(level * 32_768));
    const at = (pts + (from * 1e6) / AUDIO_RATE) as Micros;
    speaker.send({ kind: "audio", puppet, turn: turn as TurnId, pts: Math.round(at) as Micros, pcm });
  }
};

/** First and one past the last loud sample, as times at the ear. */
const loud = ({ device }: Scene): { from: number; to: number } => {
  const { played } = device;
  const from = played.findIndex((sample) => Math.abs(sample) > 0.01);
  const to = played.findLastIndex((sample) => Math.abs(sample) > 0.01) + 1;
  return { from: device.heardAt(from), to: device.heardAt(to) };
};

test.each([
  { buffer: 128, latencyMs: 0, ppm: 0, extra: 0 },
  { buffer: 512, latencyMs: 40, ppm: 80, extra: 0 },
  { buffer: 1_024, latencyMs: 12, ppm: -80, extra: 60 },
])(
  "a turn is at the ear at its pts, device latency included (buffer $buffer, $latencyMs + $extra ms, $ppm ppm)",
  async ({ extra, ...card }) => {
    const scene = await setup(card, { latencyMs: extra });
    const pts = scene.clock.now() + ms(300);
    speak(scene, { turn: 1, pts, length: ms(1_000) });
    scene.speaker.finish(hana, 1 as TurnId, (pts + ms(1_000)) as Micros);
    await scene.clock.advance(ms(2_000));
    const { from, to } = loud(scene);
    // A position is known to one look at the device, 5 ms; it is never early by more than the card's drift.
    expect(Math.abs(from + ms(extra) - pts)).toBeLessThan(ms(6));
    expect(to - from).toBeGreaterThan(ms(999));
    expect(to - from).toBeLessThan(ms(1_001));
    expect(scene.states()).toEqual(["started", "ended"]);
    expect(scene.speaker.underruns).toBe(0);
    await scene.stop();
  },
);

test.each([
  { buffer: 128, latencyMs: 0, extra: 0 },
  { buffer: 512, latencyMs: 45, extra: 0 },
  { buffer: 1_024, latencyMs: 30, extra: 0 },
  { buffer: 512, latencyMs: 20, extra: 200 },
])(
  "a turn that is placed its playout delay ahead starts in time (buffer $buffer, $latencyMs + $extra ms)",
  async ({ extra, ...card }) => {
    const options = speakerOptions.parse({ latencyMs: extra });
    const scene = await setup(card, options);
    await scene.clock.advance(ms(500));
    const pts = scene.clock.now() + speakerDelay(options);
    speak(scene, { turn: 1, pts, length: ms(500) });
    await scene.clock.advance(ms(1_000));
    expect(Math.abs(loud(scene).from + ms(extra) - pts)).toBeLessThan(ms(6));
    await scene.stop();
  },
);

test("started and ended are told when they are heard, and progress ten times a second between", async () => {
  const scene = await setup({ latencyMs: 100 });
  const pts = scene.clock.now() + ms(300);
  speak(scene, { turn: 1, pts, length: ms(1_000) });
  scene.speaker.finish(hana, 1 as TurnId, (pts + ms(1_000)) as Micros);
  await scene.clock.advance(ms(2_000));
  const [started, ...rest] = scene.reports;
  const ended = rest.at(-1);
  expect(started).toMatchObject({ state: "started", turn: 1, puppet: hana });
  expect(Math.abs((started?.at ?? 0) - pts)).toBeLessThan(ms(12));
  expect(Math.abs((ended?.at ?? 0) - pts - ms(1_000))).toBeLessThan(ms(12));
  expect(Math.abs((ended?.upTo ?? 0) - pts - ms(1_000))).toBeLessThan(ms(1));
  const playing = scene.reports.filter(({ state }) => state === "playing");
  expect(playing.length).toBeGreaterThanOrEqual(8);
  expect(playing.length).toBeLessThanOrEqual(11);
  for (const { at, upTo } of playing) expect(Math.abs(at - upTo)).toBeLessThan(ms(6));
  await scene.stop();
});

test("a flush fades what is on its way within 50 ms and says up to where it was heard", async () => {
  const scene = await setup({ buffer: 256 });
  const pts = scene.clock.now() + ms(200);
  speak(scene, { turn: 3, pts, length: ms(3_000) });
  await scene.clock.advance(ms(1_000));
  const asked = scene.clock.now();
  const flushed = scene.speaker.flush(hana, 3 as TurnId);
  await scene.clock.advance(ms(200));
  const report = await flushed;
  const { to } = loud(scene);
  expect(to - asked).toBeLessThan(ms(50));
  expect(report).toMatchObject({ puppet: hana, turn: 3, state: "flushed" });
  expect(Math.abs(report.upTo - to)).toBeLessThan(ms(8));
  expect(scene.states()).toEqual(["started", "flushed"]);
  // Stragglers of it are not heard.
  speak(scene, { turn: 3, pts: scene.clock.now() + ms(50), length: ms(200) });
  await scene.clock.advance(ms(500));
  expect(loud(scene).to).toBe(to);
  await scene.stop();
});

test("a fade has no step in it", async () => {
  const scene = await setup();
  speak(scene, { turn: 1, pts: scene.clock.now() + ms(100), length: ms(2_000) });
  await scene.clock.advance(ms(600));
  void scene.speaker.flush(hana, 1 as TurnId);
  await scene.clock.advance(ms(300));
  const { played } = scene.device;
  const last = played.findLastIndex((sample) => sample !== 0);
  for (let i = last - 2_400; i < last + 10; i++)
    expect(Math.abs((played[i] ?? 0) - (played[i - 1] ?? 0))).toBeLessThan(0.01);
  await scene.stop();
});

test("a flush of a turn that has not begun, and of one that is over, is answered as well", async () => {
  const scene = await setup();
  const pts = scene.clock.now() + ms(100);
  speak(scene, { turn: 1, pts, length: ms(200) });
  scene.speaker.finish(hana, 1 as TurnId, (pts + ms(200)) as Micros);
  await scene.clock.advance(ms(600));
  const over = scene.speaker.flush(hana, 1 as TurnId);
  speak(scene, { turn: 2, pts: scene.clock.now() + ms(300), length: ms(200) });
  await scene.clock.advance(ms(50));
  const unbegun = scene.speaker.flush(hana, 2 as TurnId);
  await scene.clock.advance(ms(600));
  expect(Math.abs((await over).upTo - pts - ms(200))).toBeLessThan(ms(1));
  expect((await unbegun).upTo).toBe(0);
  expect(scene.states()).toEqual(["started", "ended", "flushed", "flushed"]);
  expect(loud(scene).to).toBeLessThan(pts + ms(210));
  await scene.stop();
});

test("the next turn sounds whole after a flush", async () => {
  const scene = await setup();
  speak(scene, { turn: 1, pts: scene.clock.now() + ms(100), length: ms(2_000) });
  await scene.clock.advance(ms(500));
  const flushed = scene.speaker.flush(hana, 1 as TurnId);
  const pts = scene.clock.now() + ms(300);
  speak(scene, { turn: 2, pts, length: ms(400) });
  scene.speaker.finish(hana, 2 as TurnId, (pts + ms(400)) as Micros);
  await scene.clock.advance(ms(1_500));
  await flushed;
  expect(scene.states()).toEqual(["started", "flushed", "started", "ended"]);
  expect(Math.abs(loud(scene).to - pts - ms(400))).toBeLessThan(ms(6));
  await scene.stop();
});

test("sound that comes 45 ms before its pts, piece by piece, is heard without a gap", async () => {
  const scene = await setup();
  const start = scene.clock.now() + ms(60);
  for (let i = 0; i < 50; i++) {
    speak(scene, { turn: 1, pts: start + i * ms(20), length: ms(20) });
    await scene.clock.advance(ms(20));
  }
  scene.speaker.finish(hana, 1 as TurnId, (start + ms(1_000)) as Micros);
  await scene.clock.advance(ms(300));
  expect(scene.speaker.underruns).toBe(0);
  expect(scene.states()).toEqual(["started", "ended"]);
  await scene.stop();
});

test("a main thread that is away for 100 ms in the midst of a turn is not heard", async () => {
  const scene = await setup();
  const pts = scene.clock.now() + ms(100);
  speak(scene, { turn: 1, pts, length: ms(1_000) });
  scene.speaker.finish(hana, 1 as TurnId, (pts + ms(1_000)) as Micros);
  await scene.clock.advance(ms(400));
  scene.stall(ms(100));
  await scene.clock.advance(ms(1_500));
  expect(scene.speaker.underruns).toBe(0);
  const { from, to } = loud(scene);
  const inside = scene.device.played.filter((sample) => Math.abs(sample) > 0.1).length;
  expect(Math.abs(inside / AUDIO_RATE - (to - from) / 1e6)).toBeLessThan(0.002);
  await scene.stop();
});

test("one that is away for longer is counted, and every word is heard later", async () => {
  const scene = await setup();
  const pts = scene.clock.now() + ms(100);
  speak(scene, { turn: 1, pts, length: ms(1_000) });
  scene.speaker.finish(hana, 1 as TurnId, (pts + ms(1_000)) as Micros);
  await scene.clock.advance(ms(400));
  scene.stall(ms(400));
  await scene.clock.advance(ms(2_000));
  expect(scene.speaker.underruns).toBe(1);
  expect(scene.speaker.status().detail).toContain("sound was missing 1 time");
  const inside = scene.device.played.filter((sample) => Math.abs(sample) > 0.1).length;
  expect(inside / AUDIO_RATE).toBeGreaterThan(0.995);
  await scene.stop();
});

test("sound that is missing in the midst of a turn is counted, and no word is skipped", async () => {
  const scene = await setup();
  const pts = scene.clock.now() + ms(100);
  speak(scene, { turn: 1, pts, length: ms(300) });
  await scene.clock.advance(ms(700));
  expect(scene.speaker.underruns).toBe(1);
  speak(scene, { turn: 1, pts: pts + ms(300), length: ms(300) });
  scene.speaker.finish(hana, 1 as TurnId, (pts + ms(600)) as Micros);
  await scene.clock.advance(ms(800));
  const heard = scene.device.played.filter((sample) => Math.abs(sample) > 0.1).length;
  expect(heard / AUDIO_RATE).toBeGreaterThan(0.59);
  expect(scene.states()).toEqual(["started", "ended"]);
  await scene.stop();
});

test("two puppets speak at once on one card, and a flush stops one of them", async () => {
  const scene = await setup();
  const pts = scene.clock.now() + ms(100);
  speak(scene, { puppet: hana, turn: 1, pts, length: ms(1_000), level: 0.25 });
  speak(scene, { puppet: taro, turn: 1, pts, length: ms(1_000), level: 0.5 });
  scene.speaker.finish(taro, 1 as TurnId, (pts + ms(1_000)) as Micros);
  await scene.clock.advance(ms(500));
  const flushed = scene.speaker.flush(hana, 1 as TurnId);
  await scene.clock.advance(ms(1_000));
  await flushed;
  expect(scene.device.played.reduce((most, sample) => Math.max(most, sample), 0)).toBeCloseTo(0.75, 2);
  expect(scene.states(hana)).toEqual(["started", "flushed"]);
  expect(scene.states(taro)).toEqual(["started", "ended"]);
  expect(Math.abs(loud(scene).to - pts - ms(1_000))).toBeLessThan(ms(6));
  await scene.stop();
});

test("it is audible once the card runs, and closes it when it stops", async () => {
  const scene = await setup();
  expect(scene.audible).toEqual([true]);
  expect(scene.speaker.status()).toMatchObject({ name: "speaker", status: "ready" });
  await scene.stop();
  expect(scene.device.closed).toBe(true);
  expect(scene.speaker.audible()).toBe(false);
  expect(scene.speaker.status().status).toBe("stopped");
});

test("without a card it is degraded, says how to get one, and answers a flush at once", async () => {
  const speaker = new SpeakerEngine({
    ...speakerOptions.parse({}),
    clock: new VirtualClock(),
    log: silentLog,
    listener: { heard: () => undefined, audibleChanged: () => undefined },
    open: () => Promise.reject(new BunrakuError("device", "run npm install and start again")),
  });
  speaker.describe({ puppet: hana });
  await speaker.run(new AbortController().signal);
  expect(speaker.status()).toEqual({
    name: "speaker",
    status: "degraded",
    detail: "run npm install and start again",
  });
  expect(speaker.audible()).toBe(false);
  expect(await speaker.flush(hana, 1 as TurnId)).toMatchObject({ state: "flushed", upTo: 0 });
});

test("a stream without a timeline gets blocks mixed at their sample, less those taken back", () => {
  const chunks: Int16Array[] = [];
  let taken: (() => void) | undefined;
  const device = new NaudiodonDevice(
    {
      write: (bytes, done) => {
        chunks.push(new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2));
        taken = () => done();
        return true;
      },
      start: () => undefined,
      quit: (done) => done(),
      on: () => undefined,
    },
    "a stream",
  );
  expect(device.position()).toBe(480);
  device.play(new Float32Array(480).fill(0.25), 720);
  device.play(new Float32Array(480).fill(0.25), 960);
  device.play(new Float32Array(480).fill(0.5), 960)();
  for (let i = 0; i < 3; i++) taken?.();
  const heard = chunks.flatMap((chunk) => [...chunk]);
  expect(heard.slice(0, 720).every((sample) => sample === 0)).toBe(true);
  expect(heard[720]).toBe(8_192);
  expect(heard[1_000]).toBe(16_384);
  expect(heard[1_300]).toBe(8_192);
  expect(heard.slice(1_440).every((sample) => sample === 0)).toBe(true);
  expect(toMillis(device.latency())).toBeGreaterThan(20);
});
