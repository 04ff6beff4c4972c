import type { ClockMap } from "../../sync/clock-map.ts";
import type { SoundMessage } from "../link/link-messages.ts";
import type { Position } from "./position.ts";

/** Who presents the puppet's sound on this page: the speakers, or nobody while the browser allows none. */
export interface Voice {
  /** Whether sound can be heard. */
  readonly audible: boolean;
  readonly underruns: number;
  /** Mixer to ear, µs. */
  readonly latency: number;
  /** What is heard at a page time, µs; undefined before the clocks are matched. */
  heard(now: number): Position | undefined;
  /** Follows the daemon's clock. */
  follow(map: ClockMap): void;
  /** Takes sound that has come by the page. */
  take(message: SoundMessage): void;
  /** Forgets clock and sound: the link is lost. */
  reset(): void;
  close(): void;
}
