import type { Lang } from "../core/frames.ts";
import type { StatusReport } from "../core/status.ts";
import type { Micros } from "../core/time.ts";

/** First two bytes of every message: "BK". */
export const MAGIC = 0x4b42;
/** Major version: a peer with another one is refused in words. */
export const PROTOCOL_MAJOR = 1;
/** Minor version: unknown types and fields of a newer minor are ignored. */
export const PROTOCOL_MINOR = 0;
export const HEADER_BYTES = 16;
/** Longest JSON body. */
export const MAX_CONTROL_BYTES = 16_384;
/** Longest binary body: a message fits an MTU of 1,500 over UDP. */
export const MAX_BINARY_BYTES = 1_400;

/** Type byte of each message. 1–15 carry JSON, 16–63 are binary. */
export const TYPE = {
  hello: 1,
  welcome: 2,
  static: 3,
  status: 4,
  event: 5,
  error: 6,
  bye: 7,
  command: 8,
  animation: 16,
  audio: 17,
  finish: 18,
  flush: 19,
  heard: 20,
  voice: 24,
  ping: 32,
  pong: 33,
  clock: 34,
} as const;

/** What a peer is to the daemon. A page is an engine, a console and a microphone at once. */
export type Role = "page" | "plugin" | "headless" | "console" | "voice";
export const ROLES: readonly Role[] = ["page", "plugin", "headless", "console", "voice"];

export interface Hello {
  readonly role: Role;
  /** For logs and the status strip, at most 64 characters. */
  readonly name: string;
  readonly minor: number;
  /** False while the peer may not or cannot make sound. */
  readonly audible: boolean;
}

export interface Welcome {
  /** The daemon's session, 16 hex digits. */
  readonly session: string;
  readonly minor: number;
  readonly lang: Lang;
  readonly puppets: readonly { readonly handle: number; readonly puppet: string; readonly subject: string }[];
}

export interface StaticBody {
  readonly puppet: string;
  readonly subject: string;
  readonly curves: readonly string[];
  readonly bones: readonly { readonly name: string; readonly parent: number }[];
}

/** An engine's account of itself, at most ten a second. */
export interface EngineReport {
  readonly fps: number;
  readonly audible: boolean;
  readonly paused: boolean;
  /** Audio pts heard minus face pts presented, newest, µs. */
  readonly skewUs: number;
  readonly lateFrames: number;
  readonly underruns: number;
  /** Mixer to ear, µs. */
  readonly audioLatencyUs: number;
}

/** What the daemon tells consoles. Unknown kinds are ignored. */
export type ConsoleEvent =
  | { readonly kind: "state"; readonly state: string }
  | { readonly kind: "user"; readonly text: string; readonly final: boolean }
  | {
      readonly kind: "subtitle";
      readonly turn: number;
      readonly clause: number;
      readonly text: string;
      readonly pts: number;
      readonly end: number;
    }
  | { readonly kind: "heard"; readonly turn: number; readonly text: string; readonly interrupted: boolean }
  | { readonly kind: "trouble"; readonly fault: string; readonly message: string }
  | { readonly kind: "latency"; readonly turn: number; readonly stages: Readonly<Record<string, number>> }
  | { readonly kind: "senses"; readonly senses: readonly StatusReport[] };

/** What a console asks of the daemon; `words` are what a voice says, and belong to its turn. */
export type ConsoleCommand =
  | { readonly kind: "ask"; readonly text: string }
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "interrupt" }
  | { readonly kind: "microphone"; readonly on: boolean }
  | { readonly kind: "words"; readonly words: readonly SpokenWord[] };

/** A word of a voice from elsewhere; offsets in its turn, µs. */
export interface SpokenWord {
  readonly text: string;
  readonly start: Micros;
  readonly end: Micros;
}

export type HeardState = "started" | "playing" | "ended" | "flushed";
export const HEARD_STATES: readonly HeardState[] = ["started", "playing", "ended", "flushed"];

/** Every message, decoded. `turn` 0 on the wire is `undefined` here. Times are µs of the daemon's clock unless said otherwise. */
export type Message =
  | { readonly type: "hello"; readonly body: Hello }
  | { readonly type: "welcome"; readonly body: Welcome }
  | { readonly type: "static"; readonly handle: number; readonly body: StaticBody }
  | { readonly type: "status"; readonly body: EngineReport }
  | { readonly type: "event"; readonly handle: number; readonly body: ConsoleEvent }
  | { readonly type: "command"; readonly handle: number; readonly body: ConsoleCommand }
  | { readonly type: "error"; readonly body: { readonly fault: string; readonly message: string } }
  | { readonly type: "bye"; readonly body: { readonly reason: string } }
  | AnimationMessage
  | AudioMessage
  | { readonly type: "finish"; readonly handle: number; readonly turn: number; readonly pts: Micros }
  | { readonly type: "flush"; readonly handle: number; readonly turn: number; readonly fade: Micros }
  | {
      readonly type: "heard";
      readonly handle: number;
      readonly turn: number;
      readonly state: HeardState;
      readonly upTo: Micros;
    }
  | VoiceMessage
  | { readonly type: "ping"; readonly chain: number; readonly t1: Micros }
  | {
      readonly type: "pong";
      readonly chain: number;
      readonly t1: Micros;
      readonly t2: Micros;
      readonly t3: Micros;
    }
  | ClockMessage;

export interface AnimationMessage {
  readonly type: "animation";
  readonly handle: number;
  readonly pts: Micros;
  readonly turn: number | undefined;
  /** 52 weights then 9 angles, as in `AnimationFrame.curves`. */
  readonly curves: Float32Array;
  readonly bones: Float32Array;
}

export interface AudioMessage {
  readonly type: "audio";
  readonly handle: number;
  readonly pts: Micros;
  readonly turn: number;
  readonly pcm: Int16Array;
}

/** Sound towards the daemon: a microphone (role page), or another agent's voice (role voice). */
export interface VoiceMessage {
  readonly type: "voice";
  readonly handle: number;
  /** Capture time of the first sample, on the sender's own clock. */
  readonly at: Micros;
  readonly sampleRate: number;
  readonly pcm: Int16Array;
}

/** The daemon's estimate of the engine's clock: engine time of `t` is engineAt + (t - daemonAt) * (1 + skew). */
export interface ClockMessage {
  readonly type: "clock";
  readonly daemonAt: Micros;
  readonly engineAt: Micros;
  readonly skew: number;
  /** Hard bound of the error, µs. */
  readonly bound: Micros;
  readonly synchronized: boolean;
}

export type MessageType = Message["type"];
