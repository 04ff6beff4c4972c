import type { SpeechChunk, TurnId } from "../../bridge/core/frames.ts";
import { fromMillis, fromSeconds, type Micros } from "../../bridge/core/time.ts";
import { applyClosures, smooth } from "./closure.ts";
import { blend } from "./dominance.ts";
import { LoudnessFollower, openByLoudness, SyllableLoudness, type Envelope } from "./loudness.ts";
import { ONSET, restBetween, toSegments, type Closure, type Segment } from "./segments.ts";

/** Lips run this far ahead of the sound, as real ones do. */
const LEAD = fromMillis(20);
/** An interrupted mouth is at rest after this. */
const EASE = fromMillis(150);
/** A mouth followed by loudness closes this long after its sound ends. */
const TAIL = fromMillis(120);
/** Silence known before and after a clause. */
const REST = fromSeconds(1);
/** What a turn may hold ahead of time: minutes of speech. Beyond it the newest is refused and counted. */
const MOST_SEGMENTS = 8_192;
const MOST_ENVELOPES = 2_048;

/** A stressed syllable that the head may mark. `size` is 0..1. */
export interface Beat {
  readonly at: number;
  readonly size: number;
}

/** Phonemes that claim to end later than this after the sound they came with are not believed. */
const LONGEST_CLAUSE = fromSeconds(60);
const CLOSEST_BEATS = fromMillis(650);

/** The mouth of one turn: everything known about when it makes which shape. */
export class Mouth {
  readonly turn: TurnId;
  /** Where the turn's sound starts and, as far as is known, ends. */
  #start: number;
  #end: number;
  #cut = Number.POSITIVE_INFINITY;
  #segments: Segment[] = [];
  #closures: Closure[] = [];
  #envelopes: Envelope[] = [];
  #beats: Beat[] = [];
  #refused = 0;
  /** The newest clause that came with phonemes: its later pieces bring sound only. */
  #timedClause = -1;
  readonly #sealGain: number;
  readonly #loudness = new SyllableLoudness();
  readonly #follower = new LoudnessFollower();
  /** How sealed the lips were at the last `pose`, 0..1. */
  sealed = 0;

  constructor(options: { turn: TurnId; start: Micros; sealGain: number }) {
    this.turn = options.turn;
    this.#start = options.start;
    this.#end = options.start;
    this.#sealGain = options.sealGain;
  }

  get start(): number {
    return this.#start;
  }

  /** Where the turn stops being heard, by its end or by an interruption. */
  get end(): number {
    return Math.min(this.#end, this.#cut);
  }

  get interrupted(): boolean {
    return this.#cut !== Number.POSITIVE_INFINITY;
  }

  /** Segments, closures, envelopes and beats held now. */
  get depth(): number {
    return this.#segments.length + this.#closures.length + this.#envelopes.length + this.#beats.length;
  }

  /** Pieces turned away because the turn held too many. */
  get refused(): number {
    return this.#refused;
  }

  get beats(): readonly Beat[] {
    return this.#beats;
  }

  /** Learns a piece of the turn that is heard from `pts`; frames are made up to `shown`. Returns where its sound ends. */
  add(chunk: SpeechChunk, { pts, shown }: { pts: Micros; shown: Micros }): number {
    const rate = Math.max(1, chunk.sampleRate);
    const soundEnd = pts + (chunk.pcm.length / rate) * 1e6;
    this.#start = Math.min(this.#start, pts);
    this.#end = Math.max(this.#end, soundEnd);
    if (chunk.phonemes !== undefined && chunk.phonemes.length > 0) {
      this.#timedClause = chunk.clause;
      const shift = pts - chunk.offset;
      this.#insert(
        toSegments(chunk.phonemes, chunk.lang, { pts, offset: chunk.offset, late: pts - ONSET < shown }),
      );
      // The sound of a clause may still come in pieces; its phonemes already say how long it will be.
      for (const { end } of chunk.phonemes)
        if (end + shift < soundEnd + LONGEST_CLAUSE) this.#end = Math.max(this.#end, end + shift);
    } else if (chunk.phonemes === undefined && chunk.clause !== this.#timedClause) {
      if (this.#envelopes.length >= MOST_ENVELOPES) this.#refused++;
      else if (chunk.pcm.length > 0) this.#envelopes.push(this.#follower.follow(chunk.pcm, rate, pts));
    }
    this.#loudness.apply(this.#segments, chunk.pcm, rate, pts);
    this.#markBeats(pts, soundEnd);
    return soundEnd;
  }

  /** The turn stops being heard at `at`. */
  interrupt(at: Micros): void {
    this.#cut = Math.min(this.#cut, at);
  }

  /** The mouth at `pts` into `mouth`. Returns how much of it is speech, 0..1. */
  pose(pts: number, mouth: Float32Array): number {
    this.sealed = 0;
    const ease = pts < this.#cut ? 1 : 1 - smooth((pts - this.#cut) / EASE);
    if (ease <= 0) {
      mouth.fill(0);
      return 0;
    }
    // From the cut on the last shape that was heard fades; what would have followed never shows.
    const at = Math.min(pts, this.#cut) + LEAD;
    let speech = 0;
    const envelope = this.#envelopes.findLast((piece) => piece.start <= at);
    if (envelope !== undefined && at < envelope.end + TAIL) {
      speech = openByLoudness(envelope, Math.min(at, envelope.end), mouth);
      const tail = 1 - smooth((at - envelope.end) / TAIL);
      if (tail < 1) scaleBy(mouth, tail);
      speech *= tail;
    } else {
      speech = blend(this.#segments, at, mouth);
      this.sealed = applyClosures(this.#closures, at, mouth, this.#sealGain) * ease;
    }
    if (ease < 1) scaleBy(mouth, ease);
    return speech * ease;
  }

  /** Drops what ended before `before`. */
  forget(before: number): void {
    this.#segments = this.#segments.filter((segment) => segment.end >= before);
    this.#closures = this.#closures.filter((closure) => closure.end + closure.rampOut >= before);
    this.#envelopes = this.#envelopes.filter((envelope) => envelope.end + TAIL >= before);
    this.#beats = this.#beats.filter((beat) => beat.at >= before);
  }

  #insert(learned: { segments: Segment[]; closures: Closure[] }): void {
    const first = learned.segments[0];
    const last = learned.segments.at(-1);
    if (first === undefined || last === undefined) return;
    // Later knowledge of the same time wins, and the silence that closed the turn so far is no longer its end.
    const kept = this.#segments.filter((segment) => segment.start < first.start);
    if (kept.at(-1)?.viseme === "rest") kept.pop();
    if (kept.length + learned.segments.length > MOST_SEGMENTS) {
      this.#refused += learned.segments.length;
      return;
    }
    const before = kept.at(-1)?.end ?? first.start - REST;
    if (before < first.start) kept.push(restBetween(before, first.start));
    this.#segments = [...kept, ...learned.segments, restBetween(last.end, last.end + REST)];
    const from = learned.closures[0]?.start ?? Number.POSITIVE_INFINITY;
    this.#closures = [...this.#closures.filter((closure) => closure.start < from), ...learned.closures];
  }

  #markBeats(from: number, to: number): void {
    for (const segment of this.#segments) {
      if (!segment.stressed || !segment.vowel || segment.start < from || segment.start >= to) continue;
      const lastAt = this.#beats.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
      if (segment.jawScale > 1 && segment.middle - lastAt >= CLOSEST_BEATS)
        this.#beats.push({ at: segment.middle, size: Math.min(1, (segment.jawScale - 0.9) / 0.35) });
    }
  }
}

const scaleBy = (mouth: Float32Array, by: number): void => {
  for (let c = 0; c < mouth.length; c++) mouth[c] = (mouth[c] ?? 0) * by;
};
