import { reasonOf } from "../../bridge/core/errors.ts";
import { openModelStore } from "../model-store.ts";
import { both, same, type Check, type Finding } from "./finding.ts";

/** Whether each model is here, and is the file that the lock names. */
export const models: Check = {
  group: "models",
  run: async ({ kit }) => {
    try {
      const states = await openModelStore(kit, true).verify(undefined, kit.stop);
      return [...states].map(([id, state]): Finding => {
        const base = { group: "models", name: same(id) } as const;
        if (state === "ready")
          return { ...base, verdict: "ok", detail: both("is here and verified", "已就位并通过校验") };
        if (state === "missing")
          return {
            ...base,
            verdict: "warn",
            detail: both("is fetched at the first start", "首次启动时下载"),
            fix: both("run `bunraku models pull` to have it now", "现在就要：请执行 `bunraku models pull`"),
          };
        return {
          ...base,
          verdict: "fail",
          detail: both("is damaged (its sha256 differs)", "已损坏（sha256 不符）"),
          fix: both("run `bunraku models pull` to replace it", "请执行 `bunraku models pull` 重新下载"),
        };
      });
    } catch (error) {
      return [
        {
          group: "models",
          name: both("cache folder", "缓存目录"),
          verdict: "fail",
          detail: same(reasonOf(error)),
          fix: both("set BUNRAKU_CACHE to a folder that can be read", "请把 BUNRAKU_CACHE 设为可读的目录"),
        },
      ];
    }
  },
};
