import type { Bench } from "./bench.ts";
import { frames } from "./frames.ts";
import { liveLink } from "./live-link.ts";
import { timer } from "./timer.ts";
import { turn } from "./turn.ts";

/** Everything `bunraku bench` can measure. */
export const benches: readonly Bench[] = [timer, frames, liveLink, turn];
