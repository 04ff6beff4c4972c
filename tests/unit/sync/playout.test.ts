import { describe, expect, test } from "vitest";
import { CURVE_COUNT } from "../../../bridge/core/arkit.ts";
import type { AnimationFrame, PuppetId, SpeechChunk, TurnId } from "../../../bridge/core/frames.ts";
import { silentLog } from "../../../bridge/core/log.ts";
import { Metrics } from "../../../bridge/core/metrics.ts";
import { fromMillis, VirtualClock, type Micros } from "../../../bridge/core/time.ts";
import { Playout } from "../../../bridge/sync/playout.ts";
import { RecordingEngine } from "../../support/recording-engine.ts";

const puppet = "hana" as PuppetId;
const ms = fromMillis;
const never = new AbortController().signal;

const speech = (
  turn: number,
  clause: number,
  offsetMs: number,
  lengthMs: number,
  text = `clause ${clause}`,
): SpeechChunk => ({
  turn: turn as TurnId,
  clause,
  offset: ms(offsetMs),
  sampleRate: 24_000,
  pcm: new Float32Array((24_000 * lengthMs) / 1_000).fill(0.25),
  text,
  lang: "en",
  phonemes: undefined,
});

/** A playout on virtual time whose poses are stamped with the performance's version, so a remade pose shows. */
const setup = () => {
  const clock = new VirtualClock(ms(1_000));
  const engine = new RecordingEngine();
  const performance = { version: 1 };
  const poses = {
    frame: (pts: Micros): AnimationFrame => ({
      kind: "animation",
      puppet,
      pts,
      turn: undefined,
      curves: new Float32Array(CURVE_COUNT).fill(performance.version / 10),
      bones: new Float32Array(0),
    }),
  };
  const playout = new Playout({
    puppet,
    clock,
    poses,
    log: silentLog,
    metrics: new Metrics(),
    delay: ms(60),
  });
  playout.addEngine(engine);
  const stop = new AbortController();
  const running = playout.run(stop.signal);
  return { clock, engine, playout, performance, stop: () => (stop.abort(new Error("test over")), running) };
};

describe("playout", () => {
  test("sound leaves in 10 ms pieces on its time, none lost, at most half a second ahead", async () => {
    const { clock, engine, playout, stop } = setup();
    playout.place(speech(1, 0, 0, 2_000));
    await clock.advance(ms(20));
    const last = engine.sound.at(-1)?.pts ?? 0;
    expect(last).toBeLessThanOrEqual(clock.now() + ms(500));
    await clock.advance(ms(2_000));
    void playout.finish(1 as TurnId, never);
    await clock.advance(ms(100));
    expect(engine.sound[0]?.pts).toBe(ms(1_060));
    engine.sound.slice(1).forEach((piece, i) => expect(piece.pts - (engine.sound[i]?.pts ?? 0)).toBe(ms(10)));
    const samples = engine.sound.reduce((sum, piece) => sum + piece.pcm.length, 0);
    expect(Math.abs(samples - 96_000)).toBeLessThan(40);
    expect(engine.finished).toEqual([{ turn: 1, pts: ms(3_060) }]);
    await stop();
  });

  test("poses come at exactly 60 a second, each once, 300 ms ahead", async () => {
    const { clock, engine, stop } = setup();
    await clock.advance(ms(2_000));
    const pts = engine.frames.map((frame) => frame.pts);
    expect(new Set(pts).size).toBe(pts.length);
    pts.slice(1).forEach((time, i) => expect(Math.abs(time - (pts[i] ?? 0) - 16_667)).toBeLessThanOrEqual(1));
    expect((pts.at(-1) ?? 0) - clock.now()).toBeGreaterThan(ms(280));
    await stop();
  });

  test("speech that is placed remakes the poses that were already on their way", async () => {
    const { clock, engine, playout, performance, stop } = setup();
    await clock.advance(ms(500));
    performance.version = 2;
    playout.place(speech(1, 0, 0, 500));
    await clock.advance(ms(10));
    const at = engine.frames.filter((frame) => frame.pts >= ms(1_560) && frame.pts < ms(1_700));
    const newest = new Map(at.map((frame) => [frame.pts, frame.curves[0]]));
    for (const value of newest.values()) expect(value).toBeCloseTo(0.2);
    await stop();
  });

  test("a flush drops what waits, and what was heard is what the engine says", async () => {
    const { clock, engine, playout, stop } = setup();
    playout.place(speech(1, 0, 0, 2_000, "One two three four five six."));
    await clock.advance(ms(600));
    engine.flushedAt = ms(2_060);
    playout.report(engine, { puppet, turn: 1 as TurnId, state: "started", upTo: ms(1_060) });
    expect(playout.audible(1 as TurnId)).toBe(true);
    const before = engine.sound.length;
    const heard = await playout.flush(1 as TurnId);
    await clock.advance(ms(1_000));
    expect(heard).toEqual({ turn: 1, upTo: ms(1_000), text: "One two three" });
    expect(engine.sound.length).toBe(before);
    expect(playout.place(speech(1, 1, 2_000, 500))).toBeUndefined();
    await stop();
  });

  test("an engine that never confirms a flush does not wedge anything", async () => {
    const { clock, engine, playout, stop } = setup();
    playout.place(speech(1, 0, 0, 2_000));
    engine.flushedAt = undefined;
    let heard: unknown;
    void playout.flush(1 as TurnId).then((value) => (heard = value));
    await clock.advance(ms(400));
    expect(heard).toBeUndefined();
    await clock.advance(ms(200));
    expect(heard).toMatchObject({ turn: 1 });
    await stop();
  });

  test("a turn flushed before its first sound was heard leaves nothing heard", async () => {
    const { clock, engine, playout, stop } = setup();
    playout.place(speech(1, 0, 0, 2_000));
    await clock.advance(ms(10));
    engine.flushedAt = 0 as Micros;
    expect(await playout.flush(1 as TurnId)).toEqual({ turn: 1, upTo: 0, text: "" });
    await stop();
  });

  test("finish resolves when the engine has heard the end, and by the clock where nobody reports", async () => {
    const { clock, engine, playout, stop } = setup();
    playout.place(speech(1, 0, 0, 500, "All of it."));
    const ended = playout.finish(1 as TurnId, never);
    await clock.advance(ms(600));
    playout.report(engine, { puppet, turn: 1 as TurnId, state: "ended", upTo: ms(1_560) });
    expect(await ended).toEqual({ turn: 1, upTo: ms(500), text: "All of it." });

    engine.makesSound = false;
    playout.place(speech(2, 0, 0, 500, "Silent."));
    const silent = playout.finish(2 as TurnId, never);
    await clock.advance(ms(800));
    expect(await silent).toEqual({ turn: 2, upTo: ms(500), text: "Silent." });
    await stop();
  });

  test("the voice waits while more than a few seconds of sound wait", async () => {
    const { clock, playout, stop } = setup();
    playout.place(speech(1, 0, 0, 6_000));
    await clock.advance(ms(10));
    let room = false;
    void playout.room(never).then(() => (room = true));
    await clock.advance(ms(1_000));
    expect(room).toBe(false);
    await clock.advance(ms(2_500));
    expect(room).toBe(true);
    await stop();
  });

  test("after a stall only poses that can still be presented are made", async () => {
    const { clock, engine, playout, stop } = setup();
    await clock.advance(ms(100));
    await stop();
    const sent = engine.frames.length;
    await clock.advance(ms(5_000));
    playout.tick();
    expect(engine.frames.length - sent).toBeLessThanOrEqual(19);
    expect(Math.min(...engine.frames.slice(sent).map((frame) => frame.pts))).toBeGreaterThanOrEqual(
      clock.now(),
    );
  });
});
