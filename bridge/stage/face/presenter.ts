import { CURVE, CURVE_COUNT } from "../../core/arkit.ts";
import type { TurnId } from "../../core/frames.ts";
import { LIFE_BONES } from "../../core/skeleton.ts";
import { micros } from "../../core/time.ts";
import { PoseRing } from "../../sync/pose-ring.ts";
import type { AnimationMessage, StaticBody } from "../../wire/messages.ts";
import { lipGap } from "../puppet/lip-gap.ts";
import { at } from "../puppet/maths.ts";
import type { Position } from "../sound/position.ts";
import { Trace } from "./trace.ts";

/** Poses held ahead: 34 s at 60 Hz. */
const POSES = 2_048;
/** Instants the trace keeps. */
const TRACE = 4_096;

/** Evaluates the face at the pts that is being heard, and keeps the evidence. Drawing happens elsewhere, and rarer. */
export class Presenter {
  /** The pose presented last: 61 curves, and four floats for each of `LIFE_BONES`. Reused. */
  readonly curves = new Float32Array(CURVE_COUNT);
  readonly bones = new Float32Array(LIFE_BONES.length * 4);
  readonly trace = new Trace(TRACE);
  #poses = new PoseRing({ capacity: POSES });
  #lateBefore = 0;
  /** Place of each of `LIFE_BONES` in the frames; -1 where the daemon does not send it. */
  #boneOrder: readonly number[] = LIFE_BONES.map((_, i) => i);

  /** Frames that came after their time. */
  get late(): number {
    return this.#lateBefore + this.#poses.late;
  }

  /** Forgets all poses: the link is lost, and turns count anew on the next. */
  reset(): void {
    this.#lateBefore = this.late;
    this.#poses = new PoseRing({ capacity: POSES });
  }

  describe(subject: StaticBody): void {
    this.#boneOrder = LIFE_BONES.map((name) => subject.bones.findIndex((bone) => bone.name === name));
  }

  take(frame: AnimationMessage): void {
    this.#poses.insert({
      pts: frame.pts,
      turn: frame.turn as TurnId | undefined,
      curves: frame.curves,
      bones: this.#ordered(frame.bones),
    });
  }

  flush(turn: number): void {
    this.#poses.flush(turn);
  }

  /** Takes on the pose for what is heard. Does nothing while there is none. */
  step(heard: Position): void {
    const presentedPts = this.#poses.sample(heard.pts, this.curves, this.bones);
    if (presentedPts === undefined) return;
    this.trace.push({
      heardPts: micros(heard.pts),
      presentedPts: micros(presentedPts),
      gap: lipGap(this.curves),
      rms: heard.level,
      jawOpen: at(this.curves, CURVE.jawOpen),
      mouthClose: at(this.curves, CURVE.mouthClose),
      playing: heard.playing,
    });
  }

  #ordered(bones: Float32Array): Float32Array {
    const ordered = new Float32Array(LIFE_BONES.length * 4);
    for (const [i, from] of this.#boneOrder.entries())
      if (from >= 0) ordered.set(bones.subarray(from * 4, from * 4 + 4), i * 4);
    return ordered;
  }
}
