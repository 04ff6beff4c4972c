import { SystemClock } from "../../bridge/core/time.ts";
import { measureLiveLinkPacing, type PacingLoad } from "../../bridge/engines/live-link-bench.ts";
import { plainReport, type Bench, type BenchResult } from "./bench.ts";

/** Goals of the 99th percentile, ms. */
const GOALS: Readonly<Record<PacingLoad, number>> = { idle: 2, "busy-main": 2, "alloc-storm": 8 };
const SECONDS = 5;

/** How late Live Link packets leave while the main thread works. */
export const liveLink: Bench = {
  name: "livelink",
  text: "how late Live Link packets leave at 60 Hz, with a busy main thread too",
  run: async ({ stop }, { repeat }) => {
    const results: BenchResult[] = [];
    for (const load of ["idle", "busy-main", "alloc-storm"] as const) {
      const clock = new SystemClock();
      const runs: number[] = [];
      for (let run = 0; run < repeat; run++)
        runs.push((await measureLiveLinkPacing({ clock, seconds: SECONDS, load, signal: stop })).p99 / 1_000);
      results.push({ name: `${load} p99`, value: median(runs), unit: "ms", goal: GOALS[load] });
    }
    return plainReport(results);
  },
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
