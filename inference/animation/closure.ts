import type { Closure } from "./segments.ts";
import { MOUTH } from "./targets.ts";

/** Centimetres the inner lips part per unit of mouthClose and jawOpen; see `lipGap`. */
const CLOSE_EFFECT = 3.72;
const JAW_EFFECT = 2.892;
const FUNNEL_EFFECT = 1.083;
const ROLL_EFFECT = 0.246;
const LOWER_EFFECT = 2 * 0.291;
const UPPER_EFFECT = 2 * 0.35;

/**
 * Gap between the inner lips in centimetres. Linear in the weights, so exact for the mesh it was read from: the
 * ARKit-named blendshapes of ICT-FaceKit (MIT), mean of three inner-lip pairs. Both sides of the face are equal here.
 */
export const lipGap = (mouth: Float32Array): number =>
  0.081 +
  JAW_EFFECT * (mouth[MOUTH.jaw] ?? 0) -
  CLOSE_EFFECT * (mouth[MOUTH.close] ?? 0) +
  FUNNEL_EFFECT * (mouth[MOUTH.funnel] ?? 0) -
  0.129 * (mouth[MOUTH.pucker] ?? 0) +
  LOWER_EFFECT * (mouth[MOUTH.lowerDown] ?? 0) +
  UPPER_EFFECT * (mouth[MOUTH.upperUp] ?? 0) -
  ROLL_EFFECT * (mouth[MOUTH.rollLower] ?? 0) +
  0.158 * (mouth[MOUTH.rollUpper] ?? 0) -
  0.639 * (mouth[MOUTH.shrugLower] ?? 0) -
  2 * 0.109 * (mouth[MOUTH.press] ?? 0) -
  2 * 0.079 * (mouth[MOUTH.dimple] ?? 0);

/** Sealed lips press a little past touching (cm), so that a rig whose jaw opens more still seals. */
const OVER_CLOSE = -0.05;
/** Where mouthClose has reached its bound, other openers give way until at most this gap (cm) is left. */
const SEALED = 0;
/** Gap between lower lip and upper teeth of f and v, cm. */
const TEETH_GAP = 0.16;
const SEALED_JAW = 0.06;
/** Teeth nearly meet in s and sh. */
const JAW_CAP_S = 0.08;
const JAW_CAP_SH = 0.1;

/** How closed `closure` is at `pts`, 0..1. */
export const closedness = (closure: Closure, pts: number): number => {
  if (pts < closure.start) return smooth(1 - (closure.start - pts) / Math.max(1, closure.rampIn));
  if (pts > closure.end) return smooth(1 - (pts - closure.end) / Math.max(1, closure.rampOut));
  return 1;
};

/** Brings the lips to the teeth or to each other where `closures` demand it at `pts`. Returns how sealed the lips are, 0..1. */
export const applyClosures = (
  closures: readonly Closure[],
  pts: number,
  mouth: Float32Array,
  sealGain: number,
): number => {
  let seal = 0;
  let teeth = 0;
  let hiss = 0;
  let cap = 1;
  for (const closure of closures) {
    if (closure.start - closure.rampIn > pts || closure.end + closure.rampOut < pts) continue;
    const closed = closedness(closure, pts);
    if (closure.kind === "bilabial") seal = Math.max(seal, closed);
    else if (closure.kind === "labiodental") teeth = Math.max(teeth, closed);
    else {
      hiss = Math.max(hiss, closed);
      cap = Math.min(cap, closure.viseme === "SS" ? JAW_CAP_S : JAW_CAP_SH);
    }
  }
  if (hiss > 0) capJaw(mouth, hiss, cap);
  if (teeth > 0) meetTeeth(mouth, teeth);
  if (seal > 0) sealLips(mouth, seal, sealGain);
  return seal;
};

const capJaw = (mouth: Float32Array, closed: number, cap: number): void => {
  const jaw = mouth[MOUTH.jaw] ?? 0;
  mouth[MOUTH.jaw] = jaw + (Math.min(jaw, cap) - jaw) * closed;
};

const meetTeeth = (mouth: Float32Array, closed: number): void => {
  capJaw(mouth, closed, SEALED_JAW);
  toward(mouth, MOUTH.lowerDown, 0, closed);
  toward(mouth, MOUTH.upperUp, 0.18, closed);
  toward(mouth, MOUTH.rollLower, 0.35, closed);
  toward(mouth, MOUTH.shrugLower, 0.12, closed);
  scale(mouth, MOUTH.funnel, 1 - 0.7 * closed);
  const gap = lipGap(mouth);
  const jaw = mouth[MOUTH.jaw] ?? 0;
  const wanted = Math.min(SEALED_JAW, Math.max(0, jaw - (gap - TEETH_GAP) / JAW_EFFECT));
  mouth[MOUTH.jaw] = jaw + (wanted - jaw) * closed;
};

const sealLips = (mouth: Float32Array, closed: number, sealGain: number): void => {
  capJaw(mouth, closed, SEALED_JAW);
  scale(mouth, MOUTH.lowerDown, 1 - 0.85 * closed);
  scale(mouth, MOUTH.upperUp, 1 - 0.85 * closed);
  scale(mouth, MOUTH.funnel, 1 - 0.7 * closed);
  const open = lipGap(mouth);
  // Past jawOpen the lips would pass through each other: a human take never shows it.
  const bound = (mouth[MOUTH.jaw] ?? 0) * Math.max(1, sealGain);
  const close = (sealGain * closed * Math.max(0, open - OVER_CLOSE)) / CLOSE_EFFECT;
  mouth[MOUTH.close] = Math.min(close, bound, 1);
  const wanted = open + (SEALED - open) * closed;
  giveWay(mouth, MOUTH.funnel, FUNNEL_EFFECT, wanted);
  giveWay(mouth, MOUTH.lowerDown, LOWER_EFFECT, wanted);
  giveWay(mouth, MOUTH.upperUp, UPPER_EFFECT, wanted);
  const left = Math.max(0, lipGap(mouth) - wanted) / ROLL_EFFECT;
  mouth[MOUTH.rollLower] = Math.min(0.35, (mouth[MOUTH.rollLower] ?? 0) + left);
};

/** Lowers a channel that opens the lips by `effect` cm per unit until the gap is `wanted`. */
const giveWay = (mouth: Float32Array, channel: number, effect: number, wanted: number): void => {
  const over = lipGap(mouth) - wanted;
  if (over <= 0) return;
  mouth[channel] = Math.max(0, (mouth[channel] ?? 0) - over / effect);
};

const toward = (mouth: Float32Array, channel: number, target: number, by: number): void => {
  const weight = mouth[channel] ?? 0;
  mouth[channel] = weight + (target - weight) * by;
};

const scale = (mouth: Float32Array, channel: number, by: number): void => {
  mouth[channel] = (mouth[channel] ?? 0) * by;
};

/** 0..1 with level ends; outside it stays at the ends. */
export const smooth = (x: number): number => {
  const u = Math.min(1, Math.max(0, x));
  return u * u * (3 - 2 * u);
};
