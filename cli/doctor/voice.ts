import { reasonOf } from "../../bridge/core/errors.ts";
import { toMillis, type Micros } from "../../bridge/core/time.ts";
import { speak } from "../commands/say.ts";
import { both, same, type Check } from "./finding.ts";

/** Whether the embedded voice really speaks both languages: its process is started and asked. */
export const voice: Check = {
  group: "voice",
  run: async ({ kit }) => {
    const base = { group: "voice", name: same("eSpeak NG") } as const;
    const from = kit.clock.now();
    try {
      const { samples, sampleRate } = await speak("One. 一。", kit);
      const seconds = (samples.length / Math.max(1, sampleRate)).toFixed(1);
      const took = Math.round(toMillis((kit.clock.now() - from) as Micros));
      if (samples.length === 0) throw new Error("no sound came");
      const detail = both(
        `spoke ${seconds} s within ${took} ms; GPL-3.0-or-later, in a process of its own`,
        `${took} 毫秒内说出 ${seconds} 秒；GPL-3.0-or-later，独立进程`,
      );
      return [{ ...base, verdict: "ok", detail }];
    } catch (error) {
      return [
        {
          ...base,
          verdict: "fail",
          detail: both(`does not speak: ${reasonOf(error)}`, `无法发声：${reasonOf(error)}`),
          fix: both("run `npm ci`, then `npm run build`", "请执行 `npm ci`，再执行 `npm run build`"),
        },
      ];
    }
  },
};
