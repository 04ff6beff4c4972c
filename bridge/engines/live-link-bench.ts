import { createSocket, type Socket } from "node:dgram";
import { CURVE, CURVE_COUNT, FACE_CURVES } from "../core/arkit.ts";
import { BunrakuError } from "../core/errors.ts";
import { FRAME_RATE, type PuppetId } from "../core/frames.ts";
import { fromMillis, fromSeconds, micros, plus, type Micros, type SystemClock } from "../core/time.ts";
import { LiveLinkEngine } from "./live-link.ts";
import { liveLinkOptions } from "./live-link.options.ts";
import { Pacer } from "./pacer.ts";

/** What the main thread does meanwhile: nothing, 8 ms of work in every 10, or 20,000 objects every 5 ms. */
export type PacingLoad = "idle" | "busy-main" | "alloc-storm";

/** How late packets left, in µs after their due time, over one run on loopback. */
export interface PacingResult {
  readonly load: PacingLoad;
  readonly frames: number;
  readonly sent: number;
  /** What arrived at a socket of this process. */
  readonly received: number;
  readonly late: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Frames are handed over this far ahead, as playout does. */
const AHEAD = fromMillis(300);
const PUPPET = "bench" as PuppetId;

/** Sends a face at 60 Hz through the pacer for `seconds` under a load, and measures when its packets left. */
export const measureLiveLinkPacing = async (options: {
  readonly clock: SystemClock;
  readonly seconds: number;
  readonly load: PacingLoad;
  readonly signal: AbortSignal;
}): Promise<PacingResult> => {
  const { clock, seconds, load, signal } = options;
  const pacer = new Pacer({ clock });
  pacer.start();
  const sink = createSocket("udp4");
  let received = 0;
  sink.on("message", () => received++);
  const port = await listen(sink);
  const engine = new LiveLinkEngine({ ...liveLinkOptions.parse({ port }), clock, pacer });
  const quiet = new AbortController();
  try {
    engine.describe({ puppet: PUPPET, subject: "Bench", curves: FACE_CURVES, bones: [] });
    await clock.sleepUntil(plus(clock.now(), fromMillis(300)), signal);
    pacer.resetStats();
    received = 0;
    const both = AbortSignal.any([signal, quiet.signal]);
    const working = burden(load, clock, both).catch(() => undefined);
    const frames = await feed(engine, clock, fromSeconds(seconds), signal);
    await clock.sleepUntil(plus(clock.now(), plus(AHEAD, fromMillis(200))), signal);
    if (pacer.failure !== undefined) throw new BunrakuError("bug", `the pacer died: ${pacer.failure}`);
    const { sent, lateP50, lateP99, lateMax } = pacer.stats();
    quiet.abort();
    await working;
    const { late } = engine.counts();
    return { load, frames, sent, received, late, p50: lateP50, p99: lateP99, max: lateMax };
  } finally {
    quiet.abort();
    await engine.close();
    await pacer.close();
    sink.close();
  }
};

const listen = (socket: Socket): Promise<number> =>
  new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", () => resolve(socket.address().port));
  });

/** Hands frames over `AHEAD` of their pts, in whatever bursts the load leaves; returns how many. */
const feed = async (
  engine: LiveLinkEngine,
  clock: SystemClock,
  span: Micros,
  signal: AbortSignal,
): Promise<number> => {
  const indexAt = (time: number): number => Math.floor((time * FRAME_RATE) / 1_000_000);
  const first = indexAt(clock.now() + AHEAD) + 1;
  const end = indexAt(clock.now() + AHEAD + span);
  let frames = 0;
  let next = first;
  while (next <= end) {
    // After a stall only what can still leave on time is made, as in playout.
    next = Math.max(next, indexAt(clock.now()) + 1);
    for (const due = Math.min(end, indexAt(clock.now() + AHEAD)); next <= due; next++, frames++) {
      const curves = new Float32Array(CURVE_COUNT);
      curves[CURVE.jawOpen] = 0.5 + 0.5 * Math.sin(next / 5);
      const pts = micros((next * 1_000_000) / FRAME_RATE);
      engine.send({
        kind: "animation",
        puppet: PUPPET,
        pts,
        turn: undefined,
        curves,
        bones: new Float32Array(),
      });
    }
    await clock.sleepUntil(plus(clock.now(), fromMillis(8)), signal);
  }
  return frames;
};

const burden = async (load: PacingLoad, clock: SystemClock, signal: AbortSignal): Promise<void> => {
  if (load === "idle") return;
  const kept: object[][] = [];
  while (!signal.aborted) {
    if (load === "busy-main") {
      const end = clock.now() + 8_000;
      while (clock.now() < end);
      await clock.sleepUntil(plus(clock.now(), fromMillis(2)), signal);
    } else {
      kept.push(Array.from({ length: 20_000 }, (_, i) => ({ i, text: `object ${i}` })));
      if (kept.length > 20) kept.shift();
      await clock.sleepUntil(plus(clock.now(), fromMillis(5)), signal);
    }
  }
};
