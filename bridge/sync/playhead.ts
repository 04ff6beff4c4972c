import type { HeardState } from "../wire/messages.ts";

/** What a playhead says of a turn; `upTo` is the pts up to which it was played, µs. */
export interface PlayheadReport {
  readonly turn: number;
  readonly state: HeardState;
  readonly upTo: number;
}

interface Turn {
  readonly turn: number;
  /** First and one past the last sample index written. */
  start: number;
  end: number;
  /** Sample index at which the turn is whole, once the daemon has said so. */
  finish: number | undefined;
  started: boolean;
}

export interface PlayheadOptions {
  /** Samples a second of the ring and of what is read. */
  readonly rate: number;
  /** Samples the ring holds. */
  readonly capacity: number;
}

/** Fade at an underrun, its end and a flush, in samples at 48 kHz: 5 ms. */
const FADE = 240;
/** The most the rate may bend to follow the clock. */
const MAX_BEND = 500e-6;
/** Phase errors under this are left alone, samples (100 µs at 48 kHz). */
const DEADBAND = 5;
/** Silence between clauses may be cut or stretched down to this, samples at 48 kHz (80 ms). */
const MIN_PAUSE = 3_840;
/** Turns a playhead keeps at once. */
const MAX_TURNS = 16;

/**
 * Which sample of the timeline is heard now. Sound sits in a ring at the sample index of its pts. While nothing plays
 * the position follows the clock; while a turn plays the sound is the master: the position moves sample by sample,
 * bends by at most 500 ppm towards the clock, freezes in an underrun, and catches up only in silence. The face is
 * evaluated at this position, so the two cannot part.
 */
export class Playhead {
  readonly #rate: number;
  readonly #capacity: number;
  readonly #ring: Float32Array;
  #turns: Turn[] = [];
  #position = 0;
  #flushed = 0;
  #gain = 0;
  #flushing: { readonly turn: number; left: number; readonly fade: number } | undefined;
  #underruns = 0;
  #dropped = 0;
  #starved = false;
  #reports: PlayheadReport[] = [];

  constructor(options: PlayheadOptions) {
    if (options.capacity < 1_024) throw new RangeError("a playhead's ring needs at least 1,024 samples");
    this.#rate = options.rate;
    this.#capacity = options.capacity;
    this.#ring = new Float32Array(options.capacity);
  }

  get underruns(): number {
    return this.#underruns;
  }

  /** Samples refused: of a flushed turn, already passed, or beyond the ring. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The pts of the next sample to be read, µs. */
  get pts(): number {
    return (this.#position * 1_000_000) / this.#rate;
  }

  /** True while a turn sounds or waits for its sound: the sound is the master of time. */
  get playing(): boolean {
    return this.#turns[0]?.started ?? false;
  }

  /** Puts a turn's samples at their pts. */
  write(turn: number, pts: number, pcm: Int16Array): void {
    const at = Math.round((pts * this.#rate) / 1_000_000);
    if (turn <= this.#flushed || at >= Math.ceil(this.#position) + this.#capacity - pcm.length) {
      this.#dropped += pcm.length;
      return;
    }
    const known = this.#turnOf(turn, at);
    // A ring place still holds what was there a lap ago: the gap before this piece is silence.
    for (let i = Math.max(known.end, Math.ceil(this.#position)); i < at; i++)
      this.#ring[i % this.#capacity] = 0;
    const skip = Math.max(0, Math.ceil(this.#position) - at);
    // Before the turn sounds, the position may go back to its first sample: words are never cut from the front.
    const from = known.started ? skip : 0;
    this.#dropped += Math.min(from, pcm.length);
    for (let i = from; i < pcm.length; i++) this.#ring[(at + i) % this.#capacity] = (pcm[i] ?? 0) / 32_768;
    known.start = Math.min(known.start, at);
    known.end = Math.max(known.end, at + pcm.length);
  }

  /** The turn has no sound at or after `pts`. */
  finish(turn: number, pts: number): void {
    if (turn <= this.#flushed) return;
    const at = Math.round((pts * this.#rate) / 1_000_000);
    this.#turnOf(turn, at).finish = at;
  }

  /** Fades `turn` and every turn before it out over `fade` µs; stragglers are dropped. */
  flush(turn: number, fade: number): void {
    this.#flushed = Math.max(this.#flushed, turn);
    const sounding = this.#turns[0];
    if (sounding !== undefined && sounding.turn <= turn && sounding.started && !this.#starved) {
      const samples = Math.max(1, Math.round((fade * this.#rate) / 1_000_000));
      this.#flushing ??= { turn, left: samples, fade: samples };
      return;
    }
    this.#endFlush(turn);
  }

  /**
   * Fills `out`. `target` is the pts, µs, at which the first sample would be heard were it perfectly on the clock.
   */
  read(out: Float32Array, target: number): void {
    const wanted = (target * this.#rate) / 1_000_000;
    const turn = this.#turns[0];
    if (turn === undefined) return this.#idle(out, wanted);
    if (!turn.started) {
      if (turn.start >= wanted + out.length || turn.end <= turn.start) return this.#idle(out, wanted);
      this.#position = Math.min(turn.start, wanted);
      turn.started = true;
      this.#starved = false;
      this.#gain = 1;
      this.#reports.push({ turn: turn.turn, state: "started", upTo: this.pts });
    }
    this.#play(turn, out, wanted);
  }

  /** Reports since the last call. */
  takeReports(): PlayheadReport[] {
    return this.#reports.splice(0);
  }

  #turnOf(turn: number, at: number): Turn {
    const found = this.#turns.find((other) => other.turn === turn);
    if (found !== undefined) return found;
    const made: Turn = { turn, start: at, end: at, finish: undefined, started: false };
    this.#turns.push(made);
    this.#turns.sort((a, b) => a.turn - b.turn);
    if (this.#turns.length > MAX_TURNS) this.#turns.splice(1, 1);
    return made;
  }

  #idle(out: Float32Array, wanted: number): void {
    out.fill(0);
    this.#position = wanted + out.length;
  }

  #play(turn: Turn, out: Float32Array, wanted: number): void {
    const error = wanted - this.#position;
    const bend = Math.abs(error) < DEADBAND ? 0 : clamp(error / this.#rate, MAX_BEND);
    for (let i = 0; i < out.length; i++) {
      const finish = turn.finish;
      if (finish !== undefined && this.#position >= Math.min(finish, Math.max(turn.end, turn.start))) {
        this.#end(turn, "ended");
        return this.#rest(out, i, wanted);
      }
      if (this.#position >= turn.end) {
        out[i] = this.#starve();
        continue;
      }
      if (this.#position < turn.start) {
        out[i] = 0;
        this.#position++;
        continue;
      }
      if (this.#starved) this.#resume(turn, wanted + i);
      this.#gain = Math.min(1, this.#gain + 1 / FADE);
      out[i] = this.#sample() * this.#gain * this.#flushGain();
      this.#position += 1 + bend;
      if (this.#flushing?.left === 0) {
        this.#endFlush(this.#flushing.turn);
        return this.#rest(out, i + 1, wanted);
      }
    }
    this.#catchUp(turn, wanted + out.length);
  }

  /** After a turn: the rest of the block is silent and the position returns to the clock. */
  #rest(out: Float32Array, from: number, wanted: number): void {
    out.fill(0, from);
    this.#position = Math.max(wanted + out.length, this.#turns.length > 0 ? 0 : this.#position);
  }

  /** No sample to play: time stands still for sound and face alike. */
  #starve(): number {
    if (!this.#starved) {
      this.#starved = true;
      this.#underruns++;
    }
    this.#gain = Math.max(0, this.#gain - 1 / FADE);
    const last = this.#ring[Math.max(0, Math.floor(this.#position) - 1) % this.#capacity] ?? 0;
    return last * this.#gain;
  }

  /** Sound came after an underrun: skip silence between, but never a word. */
  #resume(turn: Turn, wanted: number): void {
    this.#starved = false;
    this.#gain = 0;
    let next = Math.ceil(this.#position);
    while (next < turn.end && next < wanted && this.#ring[next % this.#capacity] === 0) next++;
    this.#position = Math.max(this.#position, next);
  }

  /** In a pause between clauses the position gains what it has lost, leaving at least `MIN_PAUSE`. */
  #catchUp(turn: Turn, wanted: number): void {
    const lag = wanted - this.#position;
    if (lag < this.#rate / 200) return;
    const from = Math.ceil(this.#position);
    let quiet = from;
    while (quiet < turn.end && this.#ring[quiet % this.#capacity] === 0) quiet++;
    if (quiet - from > MIN_PAUSE) this.#position += Math.min(lag, quiet - from - MIN_PAUSE);
  }

  #sample(): number {
    const whole = Math.floor(this.#position);
    const part = this.#position - whole;
    const a = this.#ring[whole % this.#capacity] ?? 0;
    if (part === 0) return a;
    const b = this.#ring[(whole + 1) % this.#capacity] ?? 0;
    return a + (b - a) * part;
  }

  #flushGain(): number {
    if (this.#flushing === undefined) return 1;
    this.#flushing.left = Math.max(0, this.#flushing.left - 1);
    return this.#flushing.left / this.#flushing.fade;
  }

  #endFlush(turn: number): void {
    this.#flushing = undefined;
    const stopped = this.#turns.filter((other) => other.turn <= turn);
    this.#turns = this.#turns.filter((other) => other.turn > turn);
    const newest = stopped.at(-1);
    this.#reports.push({ turn, state: "flushed", upTo: newest?.started === false ? 0 : this.pts });
  }

  #end(turn: Turn, state: HeardState): void {
    this.#turns = this.#turns.filter((other) => other !== turn);
    this.#reports.push({ turn: turn.turn, state, upTo: this.pts });
  }
}

const clamp = (value: number, limit: number): number => Math.max(-limit, Math.min(limit, value));
