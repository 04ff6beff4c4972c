import { quantile } from "../../bridge/core/metrics.ts";
import { wakeLateness } from "../bench/timer.ts";
import { both, type Check } from "./finding.ts";

/** What frames over Live Link can bear: the goal of the pacer. */
const LATE_MS = 2;

/** Whether this machine wakes a thread in time for a frame. */
export const timing: Check = {
  group: "timing",
  run: async () => {
    const p99 = quantile(wakeLateness(), 0.99);
    const name = both("wake-up", "唤醒");
    const detail = both(`p99 ${p99.toFixed(2)} ms late`, `p99 迟 ${p99.toFixed(2)} 毫秒`);
    if (p99 <= LATE_MS) return [{ group: "timing", name, verdict: "ok", detail }];
    return [
      {
        group: "timing",
        name,
        verdict: "warn",
        detail,
        fix: both(
          "close what keeps the processor busy; on battery, plug in",
          "请关闭占用处理器的程序；使用电池时请接通电源",
        ),
      },
    ];
  },
};
