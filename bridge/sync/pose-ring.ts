import type { AnimationFrame } from "../core/frames.ts";

/** What a pose ring holds of a frame. */
export type Pose = Pick<AnimationFrame, "pts" | "turn" | "curves" | "bones">;

/** Largest gap that is interpolated across, µs: beyond it the earlier pose is held. */
const MAX_GAP = 250_000;

/**
 * The poses an engine has been sent, by pts. A pose for a pts that is already there replaces it, so a daemon that
 * changes its mind (a barge-in) sends those frames again. Poses of a flushed turn, and stragglers of it, are dropped.
 */
export class PoseRing {
  readonly #capacity: number;
  #poses: Pose[] = [];
  #flushed = 0;
  #late = 0;
  #presented = Number.NEGATIVE_INFINITY;

  constructor(options: { capacity: number }) {
    if (!Number.isInteger(options.capacity) || options.capacity < 2)
      throw new RangeError("a pose ring needs at least 2 places");
    this.#capacity = options.capacity;
  }

  get depth(): number {
    return this.#poses.length;
  }

  /** Frames that came after their time had been presented. */
  get late(): number {
    return this.#late;
  }

  /** Takes a pose; says false where it was too late or of a flushed turn. */
  insert(pose: Pose): boolean {
    if (pose.turn !== undefined && pose.turn <= this.#flushed) return false;
    if (pose.pts < this.#presented) {
      this.#late++;
      return false;
    }
    let at = this.#poses.length;
    while (at > 0 && (this.#poses[at - 1]?.pts ?? 0) >= pose.pts) at--;
    if (this.#poses[at]?.pts === pose.pts) this.#poses[at] = pose;
    else this.#poses.splice(at, 0, pose);
    if (this.#poses.length > this.#capacity) this.#poses.shift();
    return true;
  }

  /** Drops what is queued of `turn` and of turns before it; later stragglers are refused. */
  flush(turn: number): void {
    this.#flushed = Math.max(this.#flushed, turn);
    this.#poses = this.#poses.filter(
      (pose) => pose.turn === undefined || pose.turn > turn || pose.pts <= this.#presented,
    );
  }

  /**
   * The pose at `pts`, written into `curves` and `bones`, held at either end: a late stream freezes, it never
   * extrapolates. Forgets what is behind. Returns the pts that was really evaluated, or undefined with nothing there.
   */
  sample(pts: number, curves: Float32Array, bones: Float32Array): number | undefined {
    while (this.#poses.length > 1 && (this.#poses[1]?.pts ?? 0) <= pts) this.#poses.shift();
    const first = this.#poses[0];
    if (first === undefined) return undefined;
    this.#presented = Math.max(this.#presented, Math.min(pts, this.#poses.at(-1)?.pts ?? pts));
    const second = this.#poses[1];
    if (second === undefined || pts <= first.pts || second.pts - first.pts > MAX_GAP) {
      curves.set(first.curves.subarray(0, curves.length));
      bones.set(first.bones.subarray(0, bones.length));
      for (let i = first.bones.length; i + 3 < bones.length; i += 4) bones.set(IDENTITY, i);
      return first.pts;
    }
    const t = (pts - first.pts) / (second.pts - first.pts);
    for (let i = 0; i < curves.length; i++) {
      const a = first.curves[i] ?? 0;
      curves[i] = a + ((second.curves[i] ?? 0) - a) * t;
    }
    blendRotations(first.bones, second.bones, t, bones);
    return pts;
  }
}

const IDENTITY = [0, 0, 0, 1] as const;

/** Normalised linear blend of quaternions, along the shorter arc. */
const blendRotations = (a: Float32Array, b: Float32Array, t: number, out: Float32Array): void => {
  for (let i = 0; i + 3 < out.length; i += 4) {
    let dot = 0;
    for (let k = 0; k < 4; k++) dot += (a[i + k] ?? 0) * (b[i + k] ?? 0);
    const side = dot < 0 ? -t : t;
    let norm = 0;
    for (let k = 0; k < 4; k++) {
      const part = (a[i + k] ?? 0) * (1 - t) + (b[i + k] ?? 0) * side;
      out[i + k] = part;
      norm += part * part;
    }
    // A bone that was not sent is as in the reference pose.
    if (norm === 0) out[i + 3] = 1;
    const scale = norm > 0 ? 1 / Math.sqrt(norm) : 1;
    for (let k = 0; k < 4; k++) out[i + k] = (out[i + k] ?? 0) * scale;
  }
};
