import type { Position } from "./position.ts";

/** What the page tells the playback worklet. */
export interface ToPlayback {
  /** The pts, µs, that is heard at a frame of the context, and µs of pts per µs of sound. */
  readonly schedule?: { readonly frame: number; readonly pts: number; readonly slope: number };
  /** Where sound comes from. */
  readonly link?: MessagePort;
}

/** What the playback worklet reports. */
export interface FromPlayback extends Position {
  readonly underruns: number;
}
