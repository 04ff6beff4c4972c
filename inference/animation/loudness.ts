import { fromMillis } from "../../bridge/core/time.ts";
import { MOUTH } from "./targets.ts";
import type { Segment } from "./segments.ts";
import { smooth } from "./closure.ts";

/** Level of nothing at all, dB below full scale. */
const SILENCE = -90;
/** Syllables the running mean and spread look back over. */
const MEMORY = 40;
/** Spread of syllable levels (dB) below which differences are not exaggerated. */
const SMALLEST_SPREAD = 3;

/** Root mean square of samples `from` to `to` in dB of full scale; what is not finite counts as silence. */
export const levelOf = (pcm: Float32Array, from: number, to: number): number => {
  const first = Math.max(0, from);
  const last = Math.min(to, pcm.length);
  return inDecibels(energyOf(pcm, first, last), last - first);
};

const energyOf = (pcm: Float32Array, from: number, to: number): number => {
  let energy = 0;
  for (let at = from; at < to; at++) {
    const sample = pcm[at] ?? 0;
    // Beyond full scale, infinite or NaN is no sound.
    if (sample >= -1.5 && sample <= 1.5) energy += sample * sample;
  }
  return energy;
};

const inDecibels = (energy: number, samples: number): number =>
  samples <= 0 ? SILENCE : Math.max(SILENCE, 10 * Math.log10(energy / samples + 1e-9));

/** How far each syllable opens the jaw: louder than this speaker's usual is wider (the jaw axis of JALI). */
export class SyllableLoudness {
  #count = 0;
  #sum = 0;
  #squares = 0;
  /** A vowel whose sound goes on in the next piece: its energy so far. */
  #open: { segment: Segment; energy: number; samples: number } | undefined;

  /** Scales the vowels of `segments` that end inside `pcm`, which is heard from `pts`. */
  apply(segments: readonly Segment[], pcm: Float32Array, rate: number, pts: number): void {
    const end = pts + (pcm.length / rate) * 1e6;
    const levels: { segment: Segment; level: number }[] = [];
    for (const segment of segments) {
      if (!segment.vowel || segment.end <= pts || segment.start >= end) continue;
      const from = Math.max(0, Math.round(((segment.start - pts) * rate) / 1e6));
      const to = Math.min(pcm.length, Math.round(((segment.end - pts) * rate) / 1e6));
      const before = this.#open?.segment === segment ? this.#open : { energy: 0, samples: 0 };
      const samples = before.samples + Math.max(0, to - from);
      const energy = before.energy + energyOf(pcm, from, to);
      if (segment.end > end) {
        this.#open = { segment, energy, samples };
        continue;
      }
      const level = inDecibels(energy, samples);
      levels.push({ segment, level });
      this.#remember(level);
    }
    if (this.#count === 0) return;
    const mean = this.#sum / this.#count;
    const spread = Math.max(
      SMALLEST_SPREAD,
      Math.sqrt(Math.max(0, this.#squares / this.#count - mean * mean)),
    );
    for (const { segment, level } of levels) {
      const z = (level - mean) / spread;
      segment.jawScale = Math.min(1.4, Math.max(0.5, 1 + 0.35 * z));
      segment.lipScale = Math.min(1.1, Math.max(0.9, 1 + 0.06 * z));
    }
  }

  #remember(level: number): void {
    const keep = this.#count >= MEMORY ? (MEMORY - 1) / MEMORY : 1;
    this.#count = this.#count * keep + 1;
    this.#sum = this.#sum * keep + level;
    this.#squares = this.#squares * keep + level * level;
  }
}

/** One step of a loudness envelope. */
const HOP = fromMillis(10);
/** Opening, rounding, hiss per hop. */
const FIELDS = 3;

/** Mouth opening read from sound alone, for a stretch that starts at `start` (pts). */
export interface Envelope {
  readonly start: number;
  readonly end: number;
  readonly values: Float32Array;
}

/** Follows a voice that comes without phoneme times. Causal; carries its state from piece to piece of a turn. */
export class LoudnessFollower {
  /** Loudest recent level, dB: falls 3 dB a second so that a quiet speaker opens too. */
  #peak = -30;
  #open = 0;
  #round = 0;
  #hiss = 0;

  follow(pcm: Float32Array, rate: number, pts: number): Envelope {
    const hop = Math.max(1, Math.round((rate * HOP) / 1e6));
    const hops = Math.ceil(pcm.length / hop);
    const values = new Float32Array(hops * FIELDS);
    for (let index = 0; index < hops; index++) {
      const from = index * hop;
      const level = levelOf(pcm, from - hop, from + hop);
      this.#peak = Math.max(level, this.#peak - 0.03, -50);
      const open = smooth((level - this.#peak + 30) / 28);
      const crossings = crossingsPerSecond(pcm, from - hop, from + hop, rate);
      const hiss = open > 0.02 ? smooth((crossings - 4_000) / 3_000) : 0;
      // A dark voice (few zero crossings) is most often o or u.
      const round = open * smooth((1_100 - crossings) / 700);
      // Opening is quick, closing slower: one hop of 10 ms against 25 and 60 ms.
      this.#open += (open * (1 - 0.7 * hiss) - this.#open) * (open > this.#open ? 0.33 : 0.16);
      this.#round += (round - this.#round) * 0.12;
      this.#hiss += (hiss - this.#hiss) * 0.3;
      values[index * FIELDS] = this.#open;
      values[index * FIELDS + 1] = this.#round;
      values[index * FIELDS + 2] = this.#hiss;
    }
    return { start: pts, end: pts + hops * HOP, values };
  }
}

/** The mouth an envelope means at `pts`, into `mouth`; returns how much of it is speech, 0..1. */
export const openByLoudness = (envelope: Envelope, pts: number, mouth: Float32Array): number => {
  const at = (pts - envelope.start) / HOP;
  const index = Math.floor(at);
  const part = at - index;
  const read = (field: number): number => {
    const a = envelope.values[Math.max(0, index) * FIELDS + field] ?? 0;
    const b = envelope.values[(index + 1) * FIELDS + field] ?? a;
    return a + (b - a) * part;
  };
  const open = read(0);
  const round = read(1);
  const hiss = read(2);
  mouth.fill(0);
  mouth[MOUTH.jaw] = 0.34 * open * (1 - 0.35 * round);
  mouth[MOUTH.funnel] = 0.22 * round;
  mouth[MOUTH.pucker] = 0.24 * round;
  mouth[MOUTH.stretch] = 0.14 * hiss + 0.06 * open * (1 - round);
  mouth[MOUTH.lowerDown] = 0.16 * open * (1 - round) + 0.2 * hiss;
  mouth[MOUTH.upperUp] = 0.09 * open * (1 - round) + 0.1 * hiss;
  return Math.min(1, open * 1.5 + hiss);
};

const crossingsPerSecond = (pcm: Float32Array, from: number, to: number, rate: number): number => {
  const start = Math.max(1, from);
  const end = Math.min(to, pcm.length);
  if (end <= start) return 0;
  let count = 0;
  for (let at = start; at < end; at++) if ((pcm[at - 1] ?? 0) >= 0 !== (pcm[at] ?? 0) >= 0) count++;
  return (count * rate) / (end - start);
};
