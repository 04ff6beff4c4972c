import { readFileSync } from "node:fs";
import { CURVE, type FaceCurve } from "../../bridge/core/arkit.ts";
import type {
  AnimationFrame,
  Lang,
  Phoneme,
  PuppetId,
  SpeechChunk,
  TurnId,
} from "../../bridge/core/frames.ts";
import { fromMillis, micros, type Micros } from "../../bridge/core/time.ts";
import { Performer } from "../../inference/animation/performer.ts";

/** A sentence as the embedded TTS really timed it: recorded from the WebAssembly eSpeak. */
export interface Sentence {
  readonly lang: Lang;
  readonly text: string;
  /** Milliseconds. */
  readonly duration: number;
  /** Symbol and start in milliseconds. */
  readonly phonemes: readonly (readonly [symbol: string, at: number])[];
  /** dB of full scale every 10 ms. */
  readonly levels: string;
}

interface Fixture {
  readonly symbols: Readonly<Record<Lang, readonly string[]>>;
  readonly sentences: readonly Sentence[];
}

const path = new URL("./fixtures/espeak-timings.json", import.meta.url);
export const recorded = JSON.parse(readFileSync(path, "utf8")) as Fixture;

export const PUPPET = "test" as PuppetId;
export const turnOf = (turn: number): TurnId => turn as TurnId;
const RATE = 22_050;

/** Phonemes of a sentence; each ends where the next begins. */
export const phonemesOf = (sentence: Sentence): Phoneme[] =>
  sentence.phonemes.map(([symbol, at], index) => ({
    symbol,
    start: fromMillis(at),
    end: fromMillis(sentence.phonemes[index + 1]?.[1] ?? sentence.duration),
  }));

/** Sound with the sentence's own loudness: a buzz whose level follows the recorded one. */
export const soundOf = (sentence: Sentence): Float32Array => {
  const levels = sentence.levels.split(" ").map(Number);
  const pcm = new Float32Array(Math.round((sentence.duration * RATE) / 1_000));
  for (let at = 0; at < pcm.length; at++) {
    const level = levels[Math.floor((at / RATE) * 100)] ?? -90;
    pcm[at] = 10 ** (level / 20) * Math.SQRT2 * Math.sin((2 * Math.PI * 140 * at) / RATE);
  }
  return pcm;
};

export const chunkOf = (sentence: Sentence, turn = 1, changes: Partial<SpeechChunk> = {}): SpeechChunk => ({
  turn: turnOf(turn),
  clause: 0,
  offset: micros(0),
  sampleRate: RATE,
  pcm: changes.pcm ?? soundOf(sentence),
  text: sentence.text,
  lang: sentence.lang,
  phonemes: phonemesOf(sentence),
  ...changes,
});

/** Frames every 1/60 s from `from` up to `to`. */
export const framesBetween = (performer: Performer, from: Micros, to: Micros): AnimationFrame[] => {
  const frames: AnimationFrame[] = [];
  for (let n = Math.ceil((from * 60) / 1e6); (n * 1e6) / 60 < to; n++)
    frames.push(performer.frame(micros((n * 1e6) / 60)));
  return frames;
};

/** A sentence heard from one second on, with half a second after it. */
export const performed = (
  sentence: Sentence,
  options: { sealGain?: number; seed?: number } = {},
): AnimationFrame[] => {
  const performer = new Performer({
    puppet: PUPPET,
    seed: options.seed ?? 1,
    sealGain: options.sealGain ?? 1,
  });
  performer.speak(chunkOf(sentence), HEARD_AT);
  return framesBetween(performer, micros(0), micros(HEARD_AT + sentence.duration * 1_000 + 500_000));
};

export const HEARD_AT = micros(1_000_000);
/** The lead of lips over sound, ms: face.md asks for 20. */
export const LIP_LEAD = 20;

/** Inner-lip gap of the ICT face in cm, from all 52 weights, both sides; written out again so that the product is not its own judge. */
export const gapOf = (curves: Float32Array, jawGain = 1): number => {
  const w = (name: FaceCurve): number => curves[CURVE[name]] ?? 0;
  return (
    0.081 +
    2.892 * jawGain * w("jawOpen") -
    3.72 * w("mouthClose") +
    1.083 * w("mouthFunnel") -
    0.129 * w("mouthPucker") +
    0.291 * (w("mouthLowerDownLeft") + w("mouthLowerDownRight")) +
    0.35 * (w("mouthUpperUpLeft") + w("mouthUpperUpRight")) -
    0.246 * w("mouthRollLower") +
    0.158 * w("mouthRollUpper") -
    0.639 * w("mouthShrugLower") +
    0.456 * w("mouthShrugUpper") -
    0.109 * (w("mouthPressLeft") + w("mouthPressRight")) -
    0.079 * (w("mouthDimpleLeft") + w("mouthDimpleRight")) +
    0.11 * w("jawForward")
  );
};

/** Mouth width at the inner corners of the ICT face relative to neutral, cm. */
export const widthOf = (curves: Float32Array): number => {
  const w = (name: FaceCurve): number => curves[CURVE[name]] ?? 0;
  return (
    -1.05 * w("mouthPucker") -
    0.69 * w("mouthFunnel") -
    0.43 * w("jawOpen") +
    0.8 * (w("mouthSmileLeft") + w("mouthSmileRight") + w("mouthStretchLeft") + w("mouthStretchRight"))
  );
};

/** Where the lips of a sentence must meet, ms of its sound. Voiceless: the silence 40 ms before the burst. */
export const sealsOf = (sentence: Sentence): { symbol: string; start: number; end: number }[] =>
  sentence.phonemes.flatMap(([symbol, at], index) => {
    const next = sentence.phonemes[index + 1]?.[1] ?? sentence.duration;
    if (symbol === "p" || symbol === "ph") return [{ symbol, start: at - 40, end: at }];
    return symbol === "b" || symbol === "m" ? [{ symbol, start: at - 10, end: next }] : [];
  });

/** Time of a frame in ms of the sentence's sound, the lead taken back. */
export const soundTime = (frame: AnimationFrame): number => (frame.pts - HEARD_AT) / 1_000 + LIP_LEAD;
