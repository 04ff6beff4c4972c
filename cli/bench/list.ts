import type { Bench } from "./bench.ts";
import { timer } from "./timer.ts";

/** Everything `bunraku bench` can measure. */
export const benches: readonly Bench[] = [timer];
