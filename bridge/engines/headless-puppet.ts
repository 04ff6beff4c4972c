import { AUDIO_RATE } from "../core/frames.ts";
import { Playhead, type PlayheadReport } from "../sync/playhead.ts";
import { PoseRing } from "../sync/pose-ring.ts";
import { toDaemon, type ClockMap } from "../sync/clock-map.ts";
import type { Message } from "../wire/messages.ts";

/** A report of the playhead with the engine's time at which it becomes true for a listener, µs. */
export interface TimedReport extends PlayheadReport {
  readonly heardAt: number;
}

/** Something a listener notices; times are the engine's, µs. */
export type Noticed =
  | { readonly kind: "audible"; readonly turn: number; readonly pts: number; readonly at: number }
  | { readonly kind: "silent"; readonly turn: number; readonly at: number; readonly afterFlush: number };

/** What one tick presented. */
export interface Presented {
  /** Pts heard at the tick, µs. */
  readonly heard: number;
  /** Pts of the face, or undefined with no face yet. */
  readonly face: number | undefined;
  readonly playing: boolean;
}

interface Position {
  /** Engine time at which the sample after a block is heard, and its pts, µs. */
  readonly at: number;
  readonly pts: number;
  readonly playing: boolean;
}

/** -50 and -40 dBFS. */
const AUDIBLE = 10 ** (-50 / 20);
const SILENT = 10 ** (-40 / 20);
const RING_SECONDS = 30;
const POSES = 512;
/** Blocks remembered: over a second at 512 samples. */
const POSITIONS = 128;
/** Beyond this two positions are not one motion: the playhead jumped between them, µs. */
const JUMP = 30_000;
/** Reports that wait to be heard. */
const MAX_REPORTS = 256;

/** One puppet as the Stage page presents it: the sound decides the time, the face follows it. Nothing is drawn. */
export class HeadlessPuppet {
  readonly #poses = new PoseRing({ capacity: POSES });
  readonly #playhead = new Playhead({ rate: AUDIO_RATE, capacity: RING_SECONDS * AUDIO_RATE });
  #curves = new Float32Array(0);
  #bones = new Float32Array(0);
  #positions: Position[] = [];
  #reports: TimedReport[] = [];
  #noticed: Noticed[] = [];
  #sounding: { turn: number; audible: boolean } | undefined;
  #lastLoud = Number.NEGATIVE_INFINITY;
  #flushedAt = 0;
  #count = 0;

  get poses(): number {
    return this.#count;
  }

  get late(): number {
    return this.#poses.late;
  }

  get underruns(): number {
    return this.#playhead.underruns;
  }

  get dropped(): number {
    return this.#playhead.dropped;
  }

  /** The curves presented by the newest tick. */
  get curves(): Float32Array {
    return this.#curves;
  }

  /** Takes a message that is about this puppet; `now` is the engine's time. */
  take(message: Message, now: number): void {
    switch (message.type) {
      case "static":
        this.#curves = new Float32Array(message.body.curves.length);
        this.#bones = new Float32Array(message.body.bones.length * 4);
        return;
      case "animation": {
        const { pts, turn, curves, bones } = message;
        this.#count++;
        this.#poses.insert({ pts, turn: turn as never, curves, bones });
        return;
      }
      case "audio":
        return this.#playhead.write(message.turn, message.pts, message.pcm);
      case "finish":
        return this.#playhead.finish(message.turn, message.pts);
      case "flush":
        this.#flushedAt = now;
        this.#poses.flush(message.turn);
        return this.#playhead.flush(message.turn, message.fade);
      default:
    }
  }

  /** One callback of the sound device: fills `block`, whose first sample is heard at `heardAt` and which lasts `length` µs. */
  sound(block: Float32Array, heardAt: number, length: number, map: ClockMap): void {
    this.#playhead.read(block, toDaemon(map, heardAt));
    const end = heardAt + length;
    this.#positions.push({ at: end, pts: this.#playhead.pts, playing: this.#playhead.playing });
    if (this.#positions.length > POSITIONS) this.#positions.shift();
    const reports = this.#playhead.takeReports();
    for (const report of reports)
      if (report.state === "started") this.#sounding = { turn: report.turn, audible: false };
    this.#listen(block, heardAt, length);
    for (const report of reports) {
      if (this.#reports.length < MAX_REPORTS) this.#reports.push({ ...report, heardAt });
      if (report.state === "flushed" && report.upTo > 0) this.#fellSilent(report.turn);
      if (report.turn === this.#sounding?.turn && report.state !== "started") this.#sounding = undefined;
    }
  }

  /** Presents the face at the engine's time `now`. */
  tick(now: number, map: ClockMap, audible: boolean): Presented {
    const position = audible ? this.#heardAt(now) : undefined;
    const heard = position?.pts ?? toDaemon(map, now);
    return {
      heard,
      face: this.#poses.sample(heard, this.#curves, this.#bones),
      playing: position?.playing ?? false,
    };
  }

  /** How far the sounding turn is heard at `now`, or undefined with none. */
  progress(now: number): { turn: number; pts: number } | undefined {
    const position = this.#heardAt(now);
    if (this.#sounding === undefined || position === undefined || !position.playing) return undefined;
    return { turn: this.#sounding.turn, pts: position.pts };
  }

  /** Reports whose moment has been heard by `now`. */
  takeReports(now: number): TimedReport[] {
    const due = this.#reports.filter((report) => report.heardAt <= now);
    this.#reports = this.#reports.filter((report) => report.heardAt > now);
    return due;
  }

  takeNoticed(): Noticed[] {
    return this.#noticed.splice(0);
  }

  #heardAt(now: number): Position | undefined {
    let i = this.#positions.length - 1;
    while (i > 0 && (this.#positions[i]?.at ?? 0) > now) i--;
    const before = this.#positions[i];
    if (before === undefined) return undefined;
    const after = this.#positions[i + 1];
    const elapsed = now - before.at;
    const straight = { ...before, at: now, pts: before.pts + elapsed };
    if (after === undefined || elapsed < 0) return straight;
    const span = after.at - before.at;
    if (Math.abs(after.pts - before.pts - span) > JUMP) return straight;
    return { ...before, at: now, pts: before.pts + ((after.pts - before.pts) * elapsed) / span };
  }

  #listen(block: Float32Array, heardAt: number, length: number): void {
    const sounding = this.#sounding;
    for (let i = 0; i < block.length; i++) {
      const level = Math.abs(block[i] ?? 0);
      if (level <= AUDIBLE) continue;
      const at = heardAt + (i / block.length) * length;
      if (sounding?.audible === false) {
        sounding.audible = true;
        const pts = this.#playhead.pts - length + (at - heardAt);
        this.#noticed.push({ kind: "audible", turn: sounding.turn, pts, at });
      }
      if (level > SILENT) this.#lastLoud = at;
    }
  }

  #fellSilent(turn: number): void {
    const afterFlush = Math.max(0, this.#lastLoud - this.#flushedAt);
    this.#noticed.push({ kind: "silent", turn, at: this.#lastLoud, afterFlush });
  }
}
