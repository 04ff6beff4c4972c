import { quantile } from "../../bridge/core/metrics.ts";
import { plainReport, type Bench } from "./bench.ts";

/** Waits measured: one second at 60 frames a second. */
const WAITS = 60;
const FRAME_MS = 1_000 / 60;

/** How late this machine wakes a thread that waits for the next frame, ms, ascending. Blocks its thread for a second. */
export const wakeLateness = (): readonly number[] => {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const late: number[] = [];
  for (let wait = 0; wait < WAITS; wait++) {
    const from = process.hrtime.bigint();
    Atomics.wait(cell, 0, 0, FRAME_MS);
    late.push(Number(process.hrtime.bigint() - from) / 1e6 - FRAME_MS);
  }
  return late.sort((a, b) => a - b);
};

export const timer: Bench = {
  name: "timer",
  text: "how late the operating system wakes a waiting thread",
  run: async () => {
    const late = wakeLateness();
    return plainReport([
      { name: "p50", value: quantile(late, 0.5), unit: "ms" },
      { name: "p99", value: quantile(late, 0.99), unit: "ms", goal: 2 },
    ]);
  },
};
