import type { Micros } from "./time.ts";

/** One performer in the daemon: `^[a-z0-9][a-z0-9_-]{0,63}$`. */
export type PuppetId = string & { readonly __id: "puppet" };
/** One agent turn of a puppet, 1 and up within a session; the flush key that everything it produced carries. */
export type TurnId = number & { readonly __id: "turn" };

/** Sound on every link and in every engine: mono, 48 kHz, 16 bit. */
export const AUDIO_RATE = 48_000;
/** Samples in one audio piece: 10 ms, so that a message fits an MTU. */
export const AUDIO_PIECE = 480;
/** Sound into the ears: mono, 16 kHz. */
export const EAR_RATE = 16_000;
/** Frames per second on every link. */
export const FRAME_RATE = 60;

/** What does not change from frame to frame: sent once, before frames refer to it by index. */
export interface SubjectStatic {
  readonly puppet: PuppetId;
  /** The puppet's name in an engine. */
  readonly subject: string;
  /** Names of `AnimationFrame.curves`, index-aligned: 52 weights in ARKit wire order, then 9 angles. */
  readonly curves: readonly string[];
  /** Names of `AnimationFrame.bones`, four floats each; parents before children, -1 for a root. */
  readonly bones: readonly { readonly name: string; readonly parent: number }[];
}

/** A whole pose at one instant. */
export interface AnimationFrame {
  readonly kind: "animation";
  readonly puppet: PuppetId;
  readonly pts: Micros;
  /** The turn being spoken at `pts`, or `undefined` when only life is on the face. */
  readonly turn: TurnId | undefined;
  /** 52 weights 0..1, then 9 angles in radians; see `arkit.ts`. */
  readonly curves: Float32Array;
  /** Local rotations relative to the reference pose, x y z w per bone, UE axes; see `skeleton.ts`. */
  readonly bones: Float32Array;
}

/** At most `AUDIO_PIECE` samples of a turn's sound, mono at `AUDIO_RATE`. */
export interface AudioChunk {
  readonly kind: "audio";
  readonly puppet: PuppetId;
  readonly pts: Micros;
  readonly turn: TurnId;
  readonly pcm: Int16Array;
}

/** One phoneme of a clause; times are offsets in the turn. `symbol` is the provider's own. */
export interface Phoneme {
  readonly symbol: string;
  readonly start: Micros;
  readonly end: Micros;
}

/** A piece of a turn's voice as a TTS provider yields it. */
export interface SpeechChunk {
  readonly turn: TurnId;
  /** Counts from 0 within the turn. */
  readonly clause: number;
  /** Start of `pcm` in the turn. */
  readonly offset: Micros;
  readonly sampleRate: number;
  /** Mono, -1..1. */
  readonly pcm: Float32Array;
  /** Text this chunk begins to speak; empty for the later chunks of one clause. */
  readonly text: string;
  /** Language of the clause, "en" or "zh": the viseme table to use. */
  readonly lang: Lang;
  readonly phonemes: readonly Phoneme[] | undefined;
}

/** What an engine confirms as played of a turn. */
export interface Heard {
  readonly turn: TurnId;
  /** Offset in the turn up to which sound was heard. */
  readonly upTo: Micros;
  /** Text of the turn up to there. */
  readonly text: string;
}

export type Lang = "en" | "zh";

export const isPuppetId = (value: string): value is PuppetId => /^[a-z0-9][a-z0-9_-]{0,63}$/.test(value);
