import { AUDIO_RATE, type AudioChunk } from "../core/frames.ts";
import { Playhead, type PlayheadReport } from "../sync/playhead.ts";
import type { HeardState } from "../wire/messages.ts";
import type { SoundDevice } from "./sound-device.ts";

/** What a listener has heard of a turn; `upTo` is a pts, µs. */
export interface SpeakerReport {
  readonly turn: number;
  readonly state: HeardState;
  readonly upTo: number;
}

interface Block {
  readonly at: number;
  pcm: Float32Array;
  /** Pts of the sample after the block. */
  readonly end: number;
  /** Turn that sounds in it. */
  readonly turn: number | undefined;
  takeBack: (() => void) | undefined;
}

interface Waiting extends SpeakerReport {
  /** Device sample with which it becomes true. */
  readonly at: number;
  readonly told: ((report: SpeakerReport) => void) | undefined;
}

/** Where the device is. */
export interface DeviceNow {
  /** Sample that leaves it now. */
  readonly position: number;
  /** Samples after it that can no longer be changed. */
  readonly guard: number;
  /** Pts at which a sample is heard, µs. */
  readonly ptsOf: (index: number) => number;
}

/** Samples handed to the device at once: 10 ms. */
export const BLOCK = 480;
/** Sound is handed over this far ahead, so that a busy main thread (garbage collection: up to 100 ms) is not heard. */
const AHEAD = 5_760;
/** Silence, and sound that has not come yet, is decided this long before it must be handed over, for it may still come. */
const SOON = 720;
/** Fade of a flushed turn: 20 ms. */
const FADE = 960;
const RING_SECONDS = 30;
const MAX_REPORTS = 256;

/** One puppet's voice on a sound device: decides what is handed over when, and knows what was heard. Pure but for the device. */
export class SpeakerPuppet {
  readonly #device: SoundDevice;
  readonly #playhead = new Playhead({ rate: AUDIO_RATE, capacity: RING_SECONDS * AUDIO_RATE });
  #blocks: Block[] = [];
  #waiting: Waiting[] = [];
  #next = 0;
  #sounding: number | undefined;
  /** Pts after the newest sample that came, and whether the turn is whole. */
  #written = { turn: 0, end: 0, whole: false };
  #ended = { turn: 0, upTo: 0 };
  #gaps = 0;

  constructor(device: SoundDevice) {
    this.#device = device;
  }

  /** Times that sound was missing: it came too late, or we did. */
  get underruns(): number {
    return this.#playhead.underruns + this.#gaps;
  }

  write(chunk: AudioChunk): void {
    const end = chunk.pts + (chunk.pcm.length * 1_000_000) / AUDIO_RATE;
    if (chunk.turn > this.#written.turn) this.#written = { turn: chunk.turn, end, whole: false };
    else this.#written.end = Math.max(this.#written.end, end);
    this.#playhead.write(chunk.turn, chunk.pts, chunk.pcm);
  }

  finish(turn: number, pts: number): void {
    if (turn >= this.#written.turn) this.#written = { turn, end: pts, whole: true };
    this.#playhead.finish(turn, pts);
  }

  /** Hands over what is due. */
  pump({ position, guard, ptsOf }: DeviceNow): void {
    const soonest = firstFree(position + guard);
    if (this.#next < soonest) {
      // We came too late. Time stands still for the words: the playhead gains it back in silence.
      if (this.#sounding !== undefined) this.#gaps++;
      this.#next = soonest;
    }
    while (this.#next < position + guard + AHEAD) {
      if (this.#next >= position + guard + SOON && !this.#ready()) break;
      this.#render(ptsOf);
    }
  }

  /** Takes back and fades what is on its way of `turn` and turns before it; `told` is called when its end was heard. */
  flush(turn: number, now: DeviceNow, told: (report: SpeakerReport) => void): void {
    this.pump(now);
    const { position, guard, ptsOf } = now;
    const from = firstFree(position + guard);
    const to = from + FADE;
    while (this.#next < to) this.#render(ptsOf);
    const cut = this.#blocks.filter((block) => block.at + BLOCK > from && (block.turn ?? 0) <= turn);
    const sounding = cut.find((block) => block.turn !== undefined)?.turn;
    // The last pts of it that anybody hears: where the fade is over, or the turn itself.
    const last = cut.findLast((block) => block.turn !== undefined && block.at < to);
    for (const block of cut) this.#fade(block, from, to);
    this.#playhead.flush(turn, 0);
    this.#playhead.takeReports();
    if (this.#sounding !== undefined && this.#sounding <= turn) this.#sounding = undefined;
    const heardBefore = this.#waiting.filter((report) => report.turn > turn || report.at < to);
    this.#waiting = heardBefore.filter(({ turn: about, state }) => about !== sounding || state !== "ended");
    const stopped =
      last === undefined ? 0 : last.end - (Math.max(0, last.at + BLOCK - to) * 1e6) / AUDIO_RATE;
    if (sounding !== undefined) this.#ended = { turn: sounding, upTo: stopped };
    const upTo = this.#ended.turn === turn ? this.#ended.upTo : 0;
    if (sounding !== undefined && sounding !== turn)
      this.#tell({ turn: sounding, state: "flushed", upTo: stopped, at: to, told: undefined });
    this.#tell({ turn, state: "flushed", upTo, at: sounding === undefined ? position : to, told });
  }

  /** Reports whose moment has been heard once the sample at `heard` was. */
  takeReports(heard: number): SpeakerReport[] {
    const due = this.#waiting.filter(({ at }) => at <= heard);
    this.#waiting = this.#waiting.filter(({ at }) => at > heard);
    this.#blocks = this.#blocks.filter(({ at }) => at + BLOCK > heard);
    return due.map(({ turn, state, upTo, told }) => {
      const report = { turn, state, upTo };
      told?.(report);
      return report;
    });
  }

  /** How far the turn that is heard with the sample at `heard` has come. */
  progress(heard: number): SpeakerReport | undefined {
    const block = this.#blocks.find(({ at }) => at <= heard && heard < at + BLOCK);
    if (block?.turn === undefined) return undefined;
    const upTo = block.end - ((block.at + BLOCK - heard) * 1_000_000) / AUDIO_RATE;
    return { turn: block.turn, state: "playing", upTo };
  }

  /** True where the next block is known: its sound is here, or there will be none. */
  #ready(): boolean {
    if (this.#sounding === undefined) return false;
    const { turn, end, whole } = this.#written;
    const blockEnd = this.#playhead.pts + (BLOCK * 1_000_000) / AUDIO_RATE;
    return turn > this.#sounding || whole || blockEnd <= end;
  }

  #render(ptsOf: (index: number) => number): void {
    const at = this.#next;
    const pcm = new Float32Array(BLOCK);
    const target = ptsOf(at);
    this.#playhead.read(pcm, target);
    this.#next = at + BLOCK;
    let turn = this.#sounding;
    for (const report of this.#playhead.takeReports()) {
      // Of a flush `flush` tells: the playhead is ahead of what is heard.
      if (report.state === "flushed") continue;
      turn ??= report.turn;
      this.#sounding = report.state === "started" ? report.turn : undefined;
      if (report.state === "ended") this.#ended = report;
      this.#tell({ ...report, at: indexOf(report, at, target), told: undefined });
    }
    const sounds = pcm.some((sample) => sample !== 0);
    const takeBack = sounds ? this.#device.play(pcm, at) : undefined;
    this.#blocks.push({ at, pcm, end: this.#playhead.pts, turn, takeBack });
  }

  /** Plays `block` again with the fade from sample `from` to `to` over it. */
  #fade(block: Block, from: number, to: number): void {
    if (block.at < from) return;
    block.takeBack?.();
    const gain = (at: number): number => Math.max(0, 1 - (at - from) / (to - from)) ** 2;
    const pcm = block.pcm.map((sample, i) => sample * gain(block.at + i));
    block.takeBack = pcm.some((sample) => sample !== 0) ? this.#device.play(pcm, block.at) : undefined;
    block.pcm = pcm;
  }

  #tell(report: Waiting): void {
    if (this.#waiting.length < MAX_REPORTS) this.#waiting.push(report);
    else report.told?.(report);
  }
}

/** First sample of the next block. */
const firstFree = (index: number): number => Math.ceil(index / BLOCK) * BLOCK;

/** Device sample of a report made while the block at `at`, due at pts `target`, was read. */
const indexOf = (report: PlayheadReport, at: number, target: number): number => {
  const into = ((report.upTo - target) * AUDIO_RATE) / 1_000_000;
  return at + Math.min(BLOCK, Math.max(0, into));
};
