import type { Position } from "./position.ts";

/** When frames are heard. */
export interface Schedule {
  /** A frame of the context and the pts, µs, that is heard with it. */
  readonly frame: number;
  readonly pts: number;
  /** µs of pts per µs of sound. */
  readonly slope: number;
  /** Frames between the mixer and the ear. */
  readonly latency: number;
}

/** What the page tells the playback worklet. */
export interface ToPlayback {
  readonly schedule?: Schedule;
  /** Where sound comes from. */
  readonly link?: MessagePort;
}

/** What the playback worklet reports. */
export interface FromPlayback extends Position {
  readonly underruns: number;
}
