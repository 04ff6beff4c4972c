import { CURVE, CURVE_COUNT } from "../../bridge/core/arkit.ts";
import type { AnimationFrame, PuppetId, SpeechChunk, TurnId } from "../../bridge/core/frames.ts";
import { LIFE_BONES } from "../../bridge/core/skeleton.ts";
import { fromMillis, fromSeconds, later, type Micros } from "../../bridge/core/time.ts";
import { smooth } from "./closure.ts";
import { AttentionSpan, type Attention } from "./life/attention.ts";
import { Blinks } from "./life/blink.ts";
import { Breaths } from "./life/breath.ts";
import { addTraces } from "./life/expression.ts";
import { Gazes, type Gaze } from "./life/gaze.ts";
import { Heads, nodOf, type HeadPose } from "./life/head.ts";
import { sway } from "./life/sway.ts";
import { add, finish, layEyes, layMouth } from "./mix.ts";
import { Mouth } from "./mouth.ts";
import { poseBones } from "./posture.ts";
import { MOUTH_COUNT } from "./targets.ts";

export type { Attention } from "./life/attention.ts";

/** What is this far behind the newest frame is forgotten. */
const HISTORY = fromSeconds(2);
/** Turns known at once: the one heard, the one that fades, a few planned. */
const MOST_TURNS = 8;
/** Interrupted turns whose stragglers are still ignored. */
const MOST_STOPPED = 32;
/** A nod under way where a turn ends or is cut fades over this. */
const NOD_EASE = fromMillis(400);
const TRUNK_STREAM = 40;
const RADIANS = Math.PI / 180;

export interface PerformerOptions {
  readonly puppet: PuppetId;
  /** Any integer; the same seed and the same calls give the same frames. */
  readonly seed: number;
  /** Over 1 for a character whose jaw opens wider than ARKit's, so that its lips still seal. Default 1. */
  readonly sealGain?: number;
}

/** The embedded performer: turns a puppet's speech and attention into whole poses at any pts. */
export class Performer {
  readonly #puppet: PuppetId;
  readonly #seed: number;
  readonly #sealGain: number;
  readonly #attention = new AttentionSpan();
  readonly #blinks: Blinks;
  readonly #gazes: Gazes;
  readonly #heads: Heads;
  readonly #breaths: Breaths;
  #mouths: Mouth[] = [];
  #stopped: TurnId[] = [];
  /** The newest time a frame was made for: what is shown up to there must not change. */
  #shown = 0 as Micros;
  #tidyAt = 0;
  #clauses = 0;
  readonly #mouth = new Float32Array(MOUTH_COUNT);
  readonly #lids = { left: 0, right: 0 };
  readonly #gaze: Gaze = { yaw: 0, pitch: 0, headYaw: 0, headPitch: 0 };
  readonly #head: HeadPose = { yaw: 0, pitch: 0, roll: 0 };
  readonly #trunk = { breath: 0, lean: 0, turn: 0, bend: 0 };

  constructor(options: PerformerOptions) {
    const sealGain = options.sealGain ?? 1;
    if (!Number.isFinite(options.seed)) throw new RangeError("a performer's seed must be a finite number");
    if (!(sealGain > 0 && sealGain <= 3)) throw new RangeError("sealGain must be above 0 and at most 3");
    this.#puppet = options.puppet;
    this.#seed = Math.trunc(options.seed) | 0;
    this.#sealGain = sealGain;
    const modeAt = (pts: number): Attention => this.#attention.modeAt(pts);
    this.#blinks = new Blinks(this.#seed, modeAt);
    this.#heads = new Heads(this.#seed, modeAt);
    this.#breaths = new Breaths(this.#seed, modeAt);
    this.#gazes = new Gazes(
      this.#seed,
      { modeAt, since: (pts) => this.#attention.since(pts) },
      (at, amplitude, index) => this.#blinks.invite(at, amplitude > 20 ? 0.35 : 0.15, index),
    );
  }

  /** How many things of speech are remembered: bounded by what is said ahead and two seconds behind. */
  get depth(): number {
    return this.#mouths.reduce((sum, mouth) => sum + mouth.depth, 0);
  }

  /** Pieces of speech turned away because a turn held too many. */
  get refused(): number {
    return this.#mouths.reduce((sum, mouth) => sum + mouth.refused, 0);
  }

  /** Adds a clause, or a later piece of it, whose start is heard at `pts`. What an interrupted turn still brings is ignored. */
  speak(chunk: SpeechChunk, pts: Micros): void {
    if (this.#stopped.includes(chunk.turn)) return;
    let mouth = this.#mouths.find((each) => each.turn === chunk.turn);
    if (mouth === undefined) {
      mouth = new Mouth({ turn: chunk.turn, start: pts, sealGain: this.#sealGain });
      this.#mouths = [...this.#mouths.slice(1 - MOST_TURNS), mouth];
      this.#breaths.drawBefore(pts, this.#shown);
      this.#blinks.startUtterance(pts, this.#shown);
    }
    const end = mouth.add(chunk, { pts, shown: this.#shown });
    // People blink where a phrase ends.
    this.#clauses++;
    if (end > this.#shown + 100_000) this.#blinks.invite(end, 0.3, 1_000_000 + this.#clauses);
  }

  /** The turn stops being heard at `at`: from there the lips ease to rest within 150 ms. */
  interrupt(turn: TurnId, at: Micros): void {
    this.#mouths.find((each) => each.turn === turn)?.interrupt(at);
    this.#stopped = [...this.#stopped.filter((each) => each !== turn).slice(1 - MOST_STOPPED), turn];
    // Frames from `at` on are asked for again, so life may change from there too.
    if (this.#shown > at) this.#shown = at;
  }

  /** The puppet is idle, listens, thinks or speaks from `at` on. */
  attend(mode: Attention, at: Micros): void {
    if (this.#attention.modeAt(at) === mode) return;
    this.#attention.change(mode, at);
    const from = later(at, this.#shown);
    this.#gazes.cut(from);
    this.#blinks.cut(from);
    this.#heads.cut(from);
    // Whoever is about to answer draws breath; once the answer's first sound is known it is too late for that.
    if (mode === "thinking") this.#breaths.drawBefore(from + 500_000, from);
  }

  /** The whole pose at `pts`. Asked again for a time within the last second it gives the same, unless the plot changed. */
  frame(pts: Micros): AnimationFrame {
    this.#shown = later(this.#shown, pts);
    if (pts > this.#tidyAt) this.#tidy(pts);
    const curves = new Float32Array(CURVE_COUNT);
    const bones = new Float32Array(LIFE_BONES.length * 4);
    const shares = this.#attention.sharesAt(pts);
    const gaze = this.#gaze;
    const head = this.#head;
    this.#gazes.look(pts, gaze);
    head.yaw = gaze.headYaw * RADIANS;
    head.pitch = gaze.headPitch * RADIANS;
    head.roll = 0;
    this.#heads.move(pts, head, shares);
    const nod = this.#speech(pts, curves, shares);
    head.pitch += nod;
    this.#blinks.lids(pts, this.#lids);
    // The eyes hold their place in the world while the head moves.
    layEyes(curves, this.#lids, gaze.yaw * RADIANS - head.yaw, gaze.pitch * RADIANS - head.pitch);
    add(curves, CURVE.noseSneerLeft, 0.03 * this.#breaths.drawing(pts));
    add(curves, CURVE.noseSneerRight, 0.03 * this.#breaths.drawing(pts));
    finish(curves);
    curves[CURVE.headYaw] = head.yaw;
    curves[CURVE.headPitch] = head.pitch;
    curves[CURVE.headRoll] = head.roll;
    this.#poseTrunk(pts, shares, nod);
    poseBones(bones, head, this.#trunk);
    return { kind: "animation", puppet: this.#puppet, pts, turn: this.#turnAt(pts), curves, bones };
  }

  /** Lays the mouths of all turns and the traces of attention; returns the nod of stressed syllables, radians. */
  #speech(pts: number, curves: Float32Array, shares: Float64Array): number {
    let speech = 0;
    let sealed = 0;
    let nod = 0;
    for (const mouth of this.#mouths) {
      speech = Math.max(speech, mouth.pose(pts, this.#mouth));
      sealed = Math.max(sealed, mouth.sealed);
      layMouth(curves, this.#mouth);
      const after = smooth((pts - mouth.end) / NOD_EASE);
      if (after < 1) nod = Math.max(nod, nodOf(mouth.beats, pts) * (1 - after));
    }
    // While speaking 0.35 of an expression stays on the mouth, half of that on a seal.
    addTraces(curves, shares, (1 - 0.65 * speech) * (1 - 0.5 * sealed));
    // Brows lift with a nod.
    add(curves, CURVE.browInnerUp, nod * 3);
    add(curves, CURVE.browOuterUpLeft, nod * 2.4);
    add(curves, CURVE.browOuterUpRight, nod * 2.1);
    return nod;
  }

  #poseTrunk(pts: number, shares: Float64Array, nod: number): void {
    const trunk = this.#trunk;
    trunk.breath = this.#breaths.fullness(pts);
    trunk.lean = 0.35 * RADIANS * sway(this.#seed, TRUNK_STREAM, pts, 3_300_000);
    trunk.turn = 0.4 * RADIANS * sway(this.#seed, TRUNK_STREAM + 1, pts, 3_900_000);
    // A listener leans in, a thinker a little back.
    const lean = 1.2 * (shares[1] ?? 0) - 0.6 * (shares[2] ?? 0) + 0.4 * (shares[3] ?? 0);
    trunk.bend = RADIANS * (lean + 0.3 * sway(this.#seed, TRUNK_STREAM + 2, pts, 4_700_000)) + 0.15 * nod;
  }

  /** Lips that ease after an interruption belong to no turn: engines refuse poses of a turn that was flushed. */
  #turnAt(pts: number): TurnId | undefined {
    const mouth = this.#mouths.findLast((each) => each.start <= pts && pts < each.end);
    return mouth === undefined || this.#stopped.includes(mouth.turn) ? undefined : mouth.turn;
  }

  #tidy(pts: number): void {
    this.#tidyAt = pts + HISTORY / 2;
    const before = pts - HISTORY;
    this.#mouths = this.#mouths.filter((mouth) => mouth.end >= before);
    for (const mouth of this.#mouths) mouth.forget(before);
  }
}
