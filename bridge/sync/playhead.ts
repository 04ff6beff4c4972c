import type { HeardState } from "../wire/messages.ts";

/** What a playhead says of a turn; `upTo` is the pts up to which it was played, µs, 0 where nothing was. */
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
  /** Undefined until the clock is known, that is until the first read. */
  #position: number | undefined;
  /** Turns up to this one are over: ended, flushed or overtaken. Turns play in the order of their numbers. */
  #over = 0;
  /** The last turn that ended or was stopped while it sounded, and where, µs. */
  #last = { turn: 0, upTo: 0 };
  #gain = 0;
  #flushing: { turns: number[]; left: number; readonly fade: number } | undefined;
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
    return ((this.#position ?? 0) * 1_000_000) / this.#rate;
  }

  /** True while a turn sounds or waits for its sound: the sound is the master of time. */
  get playing(): boolean {
    return this.#turns[0]?.started ?? false;
  }

  /** Puts a turn's samples at their pts. */
  write(turn: number, pts: number, pcm: Int16Array): void {
    const at = Math.round((pts * this.#rate) / 1_000_000);
    if (turn <= this.#over || at + pcm.length > this.#limit(at)) {
      this.#dropped += pcm.length;
      return;
    }
    const known = this.#turnOf(turn, at);
    // Before the turn sounds, the position may go back to its first sample: words are never cut from the front.
    const passed = known.started ? Math.ceil(this.#position ?? at) : Math.min(known.start, at);
    // A ring place still holds what was there a lap ago: the gap before this piece is silence.
    for (let i = Math.max(known.end, passed); i < at; i++) this.#ring[i % this.#capacity] = 0;
    const from = Math.min(pcm.length, Math.max(0, passed - at));
    this.#dropped += from;
    for (let i = from; i < pcm.length; i++) this.#ring[(at + i) % this.#capacity] = (pcm[i] ?? 0) / 32_768;
    if (!known.started) known.start = Math.min(known.start, at);
    known.end = Math.max(known.end, at + pcm.length);
  }

  /** The turn has no sound at or after `pts`. */
  finish(turn: number, pts: number): void {
    if (turn <= this.#over) return;
    const at = Math.round((pts * this.#rate) / 1_000_000);
    this.#turnOf(turn, at).finish = at;
  }

  /** Fades `turn` and every turn before it out over `fade` µs; stragglers are dropped. Each flush is reported once. */
  flush(turn: number, fade: number): void {
    const sounding = this.#turns[0];
    const fades = sounding?.started === true && sounding.turn <= turn && !this.#starved;
    // A flush during a fade waits for its end: it must not cut it short.
    if (fades || this.#flushing !== undefined) {
      const samples = Math.max(1, Math.round((fade * this.#rate) / 1_000_000));
      this.#flushing ??= { turns: [], left: samples, fade: samples };
      this.#flushing.turns.push(turn);
      // What has not begun to sound is dropped at once; only the sounding turn fades.
      this.#turns = this.#turns.filter((other) => other === sounding || other.turn > turn);
      this.#over = Math.max(this.#over, turn);
      return;
    }
    this.#stop([turn]);
  }

  /**
   * Fills `out`. `target` is the pts, µs, at which the first sample would be heard were it perfectly on the clock.
   */
  read(out: Float32Array, target: number): void {
    const wanted = (target * this.#rate) / 1_000_000;
    this.#endSilent(wanted);
    const turn = this.#turns[0];
    if (turn === undefined) return this.#idle(out, wanted);
    if (!turn.started) {
      if (turn.start >= wanted + out.length || turn.end <= turn.start) return this.#idle(out, wanted);
      this.#position = Math.min(turn.start, wanted);
      turn.started = true;
      // A turn from before one that sounds already can only be a straggler.
      this.#over = Math.max(this.#over, turn.turn - 1);
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

  /** One past the last sample index that still fits the ring. */
  #limit(at: number): number {
    const first = this.#turns[0];
    const start = Math.min(first?.start ?? at, at);
    const from =
      first?.started === true ? (this.#position ?? start) : Math.min(this.#position ?? start, start);
    return Math.floor(from) + this.#capacity;
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

  /** Ends turns that turned out to have no sound at all. */
  #endSilent(wanted: number): void {
    for (;;) {
      const turn = this.#turns[0];
      if (turn?.finish === undefined || turn.started || turn.end > turn.start || turn.finish > wanted) return;
      this.#end(turn, (turn.finish * 1_000_000) / this.#rate);
    }
  }

  #idle(out: Float32Array, wanted: number): void {
    out.fill(0);
    this.#position = wanted + out.length;
  }

  #play(turn: Turn, out: Float32Array, wanted: number): void {
    let position = this.#position ?? wanted;
    const error = wanted - position;
    const bend = Math.abs(error) < DEADBAND ? 0 : Math.max(-MAX_BEND, Math.min(MAX_BEND, error / this.#rate));
    for (let i = 0; i < out.length; i++) {
      this.#position = position;
      if (position >= Math.min(turn.finish ?? Number.POSITIVE_INFINITY, turn.end)) {
        // The fade has nothing left to fade, or the turn is whole: either way it is over.
        if (this.#flushing !== undefined) this.#stop(this.#flushing.turns);
        else if (turn.finish !== undefined) this.#end(turn, this.pts);
        else {
          out[i] = this.#starve(position);
          continue;
        }
        return this.#rest(out, i, wanted);
      }
      if (position < turn.start) {
        out[i] = 0;
        position++;
        continue;
      }
      if (this.#starved) position = this.#resume(turn, position, wanted + i);
      this.#gain = Math.min(1, this.#gain + 1 / FADE);
      out[i] = this.#sample(turn, position) * this.#gain * this.#flushGain();
      position += 1 + bend;
      if (this.#flushing?.left === 0) {
        this.#position = position;
        this.#stop(this.#flushing.turns);
        return this.#rest(out, i + 1, wanted);
      }
    }
    this.#position = this.#caughtUp(turn, position, wanted + out.length);
  }

  /** After a turn: the rest of the block is silent and the position returns to the clock. */
  #rest(out: Float32Array, from: number, wanted: number): void {
    out.fill(0, from);
    this.#position = wanted + out.length;
  }

  /** No sample to play: time stands still for sound and face alike. */
  #starve(position: number): number {
    if (!this.#starved) {
      this.#starved = true;
      this.#underruns++;
    }
    this.#gain = Math.max(0, this.#gain - 1 / FADE);
    const last = this.#ring[Math.max(0, Math.floor(position) - 1) % this.#capacity] ?? 0;
    return last * this.#gain;
  }

  /** Sound came after an underrun: skip silence between, but never a word. Returns where to go on. */
  #resume(turn: Turn, position: number, wanted: number): number {
    this.#starved = false;
    this.#gain = 0;
    let next = Math.ceil(position);
    while (next < turn.end && next < wanted && this.#ring[next % this.#capacity] === 0) next++;
    return Math.max(position, next);
  }

  /** In a pause between clauses the position gains what it has lost, leaving at least `MIN_PAUSE`. */
  #caughtUp(turn: Turn, position: number, wanted: number): number {
    const lag = wanted - position;
    if (lag < this.#rate / 200) return position;
    const from = Math.ceil(position);
    const end = Math.min(turn.end, from + MIN_PAUSE + Math.ceil(lag));
    let quiet = from;
    while (quiet < end && this.#ring[quiet % this.#capacity] === 0) quiet++;
    return quiet - from > MIN_PAUSE ? position + Math.min(lag, quiet - from - MIN_PAUSE) : position;
  }

  /** Linear between two samples. Past the end of what was written the ring holds an earlier lap. */
  #sample(turn: Turn, position: number): number {
    const whole = Math.floor(position);
    const part = position - whole;
    const a = this.#ring[whole % this.#capacity] ?? 0;
    if (part === 0 || whole + 1 >= turn.end) return a;
    const b = this.#ring[(whole + 1) % this.#capacity] ?? 0;
    return a + (b - a) * part;
  }

  #flushGain(): number {
    if (this.#flushing === undefined) return 1;
    this.#flushing.left = Math.max(0, this.#flushing.left - 1);
    // Squared: it is 40 dB down a tenth of the fade before its end, where a straight line needs all but a hundredth of it.
    return (this.#flushing.left / this.#flushing.fade) ** 2;
  }

  /** Drops the turns up to the newest of `asked`, and answers each that was asked for, and each that sounded. */
  #stop(asked: readonly number[]): void {
    this.#flushing = undefined;
    const newest = Math.max(...asked);
    const sounding = this.#turns.find((turn) => turn.turn <= newest && turn.started);
    this.#turns = this.#turns.filter((turn) => turn.turn > newest);
    if (sounding !== undefined) this.#last = { turn: sounding.turn, upTo: this.pts };
    // A turn that is over stopped where it did; one that never began was not heard: 0.
    for (const turn of new Set(sounding === undefined ? asked : [sounding.turn, ...asked]))
      this.#reports.push({ turn, state: "flushed", upTo: turn === this.#last.turn ? this.#last.upTo : 0 });
    this.#over = Math.max(this.#over, newest);
  }

  #end(turn: Turn, upTo: number): void {
    this.#turns = this.#turns.filter((other) => other !== turn);
    this.#over = Math.max(this.#over, turn.turn);
    this.#last = { turn: turn.turn, upTo };
    this.#reports.push({ turn: turn.turn, state: "ended", upTo });
  }
}
