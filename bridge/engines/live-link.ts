import { createHash } from "node:crypto";
import { CURVE, CURVE_COUNT, WEIGHT_COUNT } from "../core/arkit.ts";
import type { Engine, HeardReport } from "../core/engine.ts";
import {
  FRAME_RATE,
  type AnimationFrame,
  type AudioChunk,
  type PuppetId,
  type SubjectStatic,
  type TurnId,
} from "../core/frames.ts";
import type { StatusReport } from "../core/status.ts";
import { fromMillis, micros, minus, plus, timeOfDay, type Clock, type Micros } from "../core/time.ts";
import { frameTimeOf, LiveLinkFaceEncoder } from "../wire/live-link-face.ts";
import type { LiveLinkOptions } from "./live-link.options.ts";
import type { Pacer, PacerTarget, PacerTicket } from "./pacer.ts";

interface Subject {
  readonly subject: string;
  readonly encoder: LiveLinkFaceEncoder;
  readonly target: PacerTarget;
  /** What was handed to the pacer and may still wait there, by pts. */
  readonly queued: Map<Micros, { readonly ticket: PacerTicket; turn: TurnId | undefined }>;
  flushed: number;
  late: number;
}

/** Frames further ahead than this are refused: with `KEPT` it bounds the queue of a subject. */
const MAX_AHEAD = fromMillis(2_000);
/** A frame that was handed over is forgotten this long after it left. */
const KEPT = fromMillis(100);
/** Neutral frames at the end: UDP may lose one, and Unreal holds the last pose for ever. */
const NEUTRAL_FRAMES = 3;

/**
 * Live Link Face to an unmodified Unreal. Frames are handed to the pacer as soon as they come, 200 to 500 ms ahead,
 * and a frame that is sent again, or flushed, is changed where it waits: handing over late instead would put every
 * garbage collection of this thread, up to 100 ms, on the face. Face and head only; there is no sound on this path.
 */
export class LiveLinkEngine implements Engine {
  readonly name = "live-link";
  readonly #options: LiveLinkOptions;
  readonly #clock: Clock;
  readonly #pacer: Pacer;
  readonly #period: Micros;
  readonly #lead: Micros;
  /** Time of day at time 0 of the clock, µs, on the grid of frames: a wall clock that is set later changes nothing. */
  readonly #midnight: number;
  readonly #subjects = new Map<PuppetId, Subject>();
  readonly #curves = new Float32Array(CURVE_COUNT);
  #taken: string | undefined;
  #closed = false;

  /** The pacer is shared and stays open when this engine closes. */
  constructor(options: LiveLinkOptions & { clock: Clock; pacer: Pacer }) {
    const { clock, pacer, ...rest } = options;
    this.#options = rest;
    this.#clock = clock;
    this.#pacer = pacer;
    this.#period = micros(1_000_000 / options.fps);
    this.#lead = fromMillis(options.leadMs);
    const frames = Math.floor(((timeOfDay() - clock.now()) * options.fps) / 1_000_000);
    this.#midnight = (frames * 1_000_000) / options.fps;
  }

  audible(): boolean {
    return false;
  }

  describe(subject: SubjectStatic): void {
    const known = this.#subjects.get(subject.puppet);
    if (known?.subject === subject.subject || this.#closed) return;
    // One device id per subject: two senders of one subject would take it from each other, frame by frame.
    for (const other of this.#subjects.values()) {
      if (other !== known && other.subject === subject.subject) {
        this.#taken = subject.subject;
        return;
      }
    }
    known?.target.close();
    const { host, port, fps } = this.#options;
    this.#subjects.set(subject.puppet, {
      subject: subject.subject,
      encoder: new LiveLinkFaceEncoder({
        deviceId: deviceIdOf(subject.subject),
        subject: subject.subject,
        rate: fps,
      }),
      target: this.#pacer.open({ host, port, period: this.#period }),
      queued: new Map(),
      flushed: 0,
      late: 0,
    });
  }

  send(item: AnimationFrame | AudioChunk): void {
    if (item.kind === "audio" || this.#closed) return;
    const subject = this.#subjects.get(item.puppet);
    if (subject === undefined || (item.turn ?? Number.POSITIVE_INFINITY) <= subject.flushed) return;
    const { fps } = this.#options;
    const { frame, subFrame } = frameTimeOf(item.pts + this.#midnight, fps);
    // At a lower rate only the first frame of each period is sent.
    if (fps < FRAME_RATE && subFrame >= fps / FRAME_RATE - 1e-3) return;
    const bytes = subject.encoder.encode(frame, subFrame, this.#adjust(item.curves));
    const queued = subject.queued.get(item.pts);
    if (queued !== undefined) {
      if (subject.target.replace(queued.ticket, bytes)) queued.turn = item.turn;
      return;
    }
    const now = this.#clock.now();
    const due = minus(item.pts, this.#lead);
    if (due < now - this.#period || due > now + MAX_AHEAD) {
      subject.late++;
      return;
    }
    const ticket = subject.target.schedule(due, bytes);
    if (ticket !== undefined) subject.queued.set(item.pts, { ticket, turn: item.turn });
    forget(subject, now + this.#lead - KEPT);
  }

  /** Nothing to tell: the mouth closes because poses follow, and there is no sound here. */
  finish(): void {}

  /** Withdraws what waits of `turn` and of turns before it. Unreal holds the last pose until the next frame. */
  flush(puppet: PuppetId, turn: TurnId): Promise<HeardReport> {
    const subject = this.#subjects.get(puppet);
    if (subject !== undefined) {
      subject.flushed = Math.max(subject.flushed, turn);
      const now = this.#clock.now();
      for (const [pts, queued] of subject.queued) {
        // What is due leaves: nothing is made again for a time that has passed, and a frame would be missing.
        if (queued.turn === undefined || queued.turn > turn || pts - this.#lead <= now) continue;
        subject.target.withdraw(queued.ticket);
        subject.queued.delete(pts);
      }
    }
    return Promise.resolve({ puppet, turn, state: "flushed", upTo: this.#clock.now() });
  }

  status(): StatusReport {
    const { host, port } = this.#options;
    const report = (status: StatusReport["status"], detail: string): StatusReport => ({
      name: this.name,
      status,
      detail,
    });
    if (this.#closed) return report("stopped", "");
    if (this.#taken !== undefined)
      return report("bad-config", `two puppets want the Live Link subject "${this.#taken}"; rename one`);
    if (this.#pacer.failure !== undefined)
      return report("degraded", `the sending thread failed: ${this.#pacer.failure}`);
    const targets = [...this.#subjects.values()].map(({ target }) => target.stats());
    if (targets.some(({ state }) => state === "unresolved"))
      return report("degraded", `the name ${host} does not resolve; trying again`);
    if (targets.some(({ refusing }) => refusing))
      return report(
        "degraded",
        `nothing listens on ${host}:${port} (UDP); in Unreal add the Live Link source "Apple ARKit"`,
      );
    if (targets.length === 0 || targets.some(({ state }) => state === "opening"))
      return report("starting", "");
    return report("ready", `${targets.length} subject${targets.length > 1 ? "s" : ""} to ${host}:${port}`);
  }

  /** Frames sent, refused and given up so far, of all subjects. */
  counts(): { sent: number; refused: number; late: number } {
    const sum = { sent: 0, refused: 0, late: 0 };
    for (const { target, late } of this.#subjects.values()) {
      const stats = target.stats();
      sum.sent += stats.sent;
      sum.refused += stats.refused;
      sum.late += late + stats.stale + stats.dropped;
    }
    return sum;
  }

  /** Withdraws what waits, sends the neutral face, and closes the sockets. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const now = this.#clock.now();
    const { fps } = this.#options;
    const ahead = this.#lead + this.#midnight;
    // The frame after the one that is due now: Unreal drops a frame whose number it has seen.
    const next = Math.floor(((now + ahead) * fps) / 1_000_000) + 1;
    for (const { queued, target, encoder } of this.#subjects.values()) {
      for (const [pts, { ticket }] of queued) if (pts - this.#lead > now) target.withdraw(ticket);
      for (let i = 0; i < NEUTRAL_FRAMES; i++) {
        const time = ((next + i) * 1_000_000) / fps;
        target.schedule(micros(time - ahead), encoder.encode(frameTimeOf(time, fps).frame, 0, NEUTRAL));
      }
    }
    if (this.#subjects.size > 0) {
      const sent = plus(now, micros((NEUTRAL_FRAMES + 2) * this.#period));
      await this.#clock.sleepUntil(sent, new AbortController().signal);
    }
    for (const { target } of this.#subjects.values()) target.close();
  }

  /** What Unreal is sent for our curves: weights within 0..1, for it does not clamp, and the head by its gains. */
  #adjust(curves: Float32Array): Float32Array {
    const out = this.#curves;
    for (let i = 0; i < WEIGHT_COUNT; i++) out[i] = Math.min(1, Math.max(0, curves[i] ?? 0));
    for (let i = WEIGHT_COUNT; i < CURVE_COUNT; i++) out[i] = curves[i] ?? 0;
    const { yaw, pitch, roll } = this.#options.head;
    out[CURVE.headYaw] = (curves[CURVE.headYaw] ?? 0) * yaw;
    out[CURVE.headPitch] = (curves[CURVE.headPitch] ?? 0) * pitch;
    out[CURVE.headRoll] = (curves[CURVE.headRoll] ?? 0) * roll;
    return out;
  }
}

const NEUTRAL = new Float32Array(CURVE_COUNT);

/** Frames of before `pts` have left. */
const forget = (subject: Subject, pts: number): void => {
  for (const at of subject.queued.keys()) if (at < pts) subject.queued.delete(at);
};

/** Namespace of our device ids: any fixed UUID will do. */
const NAMESPACE = Buffer.from("7c0e34b1d5a84f0b9a4e2f6b8d13c957", "hex");

/** The device id of a subject: a version 5 UUID in capitals, as an iPhone's, and the same at every start. */
export const deviceIdOf = (subject: string): string => {
  const hash = createHash("sha1").update(NAMESPACE).update(subject, "utf8").digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString("hex").toUpperCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
};
