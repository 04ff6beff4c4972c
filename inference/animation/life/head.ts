import type { Beat } from "../mouth.ts";
import { ATTENTIONS, type Attention } from "./attention.ts";
import { Draw } from "./random.ts";
import { minimumJerk, Schedule, type Timed } from "./schedule.ts";
import { sway } from "./sway.ts";

/** Radians: yaw to the puppet's right, pitch down, roll to the right shoulder. */
export interface HeadPose {
  yaw: number;
  pitch: number;
  roll: number;
}

interface Nod extends Timed {
  readonly length: number;
  readonly cycles: number;
  /** Depth in degrees; 0 outside listening. */
  readonly depth: number;
}

const STREAM = 30;
const RADIANS = Math.PI / 180;
/** Deviation of a real speaking take, degrees: yaw, pitch, roll. */
const DEVIATION = [1.36, 1.23, 0.86] as const;
/** How much of that deviation each attention shows. */
const LIVELINESS: Readonly<Record<Attention, number>> = {
  idle: 0.5,
  listening: 0.55,
  thinking: 0.6,
  speaking: 0.75,
};
/** Knots of the slow and the quick part of the motion: 0.2 Hz carries half, 1 to 3 Hz the last tenth. */
const SLOW = 2_400_000;
const QUICK = 800_000;
/** A stressed syllable's nod: down within 200 ms, deepest 60 ms before the vowel's middle, back over 450 ms. */
const NOD_DOWN = 200_000;
const NOD_BACK = 450_000;
const NOD_LEAD = 60_000;
const NOD_DEPTH = 2.2;

/** How the head moves by itself: sway, nods of a listener, nods on stressed syllables. */
export class Heads {
  readonly #seed: number;
  readonly #nods: Schedule<Nod>;

  constructor(seed: number, modeAt: (pts: number) => Attention) {
    this.#seed = seed;
    this.#nods = new Schedule<Nod>(
      (at) => ({ start: at, length: 1, cycles: 1, depth: 0 }),
      (previous, index, floor) => {
        const draw = new Draw(seed, STREAM, index);
        const start = Math.max(previous.start + previous.length, floor) + draw.within(3e6, 8e6);
        const cycles = draw.happens(0.5) ? 2 : 3;
        const depth = modeAt(start) === "listening" ? draw.within(1.2, 2.4) : 0;
        return { start, length: (cycles / draw.within(2, 2.6)) * 1e6, cycles, depth };
      },
    );
  }

  cut(at: number): void {
    this.#nods.cut(at);
  }

  /** Adds to `pose`, which holds what the gaze asks of the head. `shares` as of `AttentionSpan`. */
  move(pts: number, pose: HeadPose, shares: Float64Array): void {
    let lively = 0;
    ATTENTIONS.forEach((mode, index) => {
      lively += (shares[index] ?? 0) * LIVELINESS[mode];
    });
    const drift = (axis: 0 | 1 | 2): number => {
      const slow = sway(this.#seed, STREAM + 2 + axis, pts, SLOW);
      const quick = sway(this.#seed, STREAM + 5 + axis, pts, QUICK);
      return DEVIATION[axis] * lively * (0.93 * slow + 0.36 * quick);
    };
    const listening = shares[ATTENTIONS.indexOf("listening")] ?? 0;
    const thinking = shares[ATTENTIONS.indexOf("thinking")] ?? 0;
    const tilt = sway(this.#seed, STREAM + 8, pts, 9_000_000);
    pose.yaw += drift(0) * RADIANS;
    pose.pitch += (drift(1) + listening * (0.8 + this.#nodAt(pts)) - thinking * 1.2) * RADIANS;
    pose.roll += (drift(2) + (listening * 1.6 + thinking * 1.2) * tilt) * RADIANS;
  }

  #nodAt(pts: number): number {
    const nod = this.#nods.around(pts).findLast((each) => each.start <= pts);
    if (nod === undefined || pts > nod.start + nod.length) return 0;
    const x = (pts - nod.start) / nod.length;
    return nod.depth * Math.sin(Math.PI * x) * (1 - Math.cos(2 * Math.PI * nod.cycles * x));
  }
}

/** How deep the head nods on `beats` at `pts`, radians. */
export const nodOf = (beats: readonly Beat[], pts: number): number => {
  let depth = 0;
  for (const beat of beats) {
    const at = pts - (beat.at - NOD_LEAD);
    if (at < -NOD_DOWN || at > NOD_BACK) continue;
    const path = at < 0 ? minimumJerk(1 + at / NOD_DOWN) : 1 - minimumJerk(at / NOD_BACK);
    depth = Math.max(depth, path * beat.size);
  }
  return depth * NOD_DEPTH * RADIANS;
};
