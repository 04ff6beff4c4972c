import { BunrakuError } from "../../bridge/core/errors.ts";
import { silentLog } from "../../bridge/core/log.ts";
import { SystemClock, type Clock } from "../../bridge/core/time.ts";
import type { ProviderTools } from "../../inference/dialogue/provider.ts";

/** Tools for making a provider in a test: no models on this machine, a silent log. */
export const toolsOf = (options: { clock?: Clock; env?: Record<string, string> } = {}): ProviderTools => ({
  clock: options.clock ?? new SystemClock(),
  log: silentLog,
  env: options.env ?? {},
  modelFile: (id) => Promise.reject(new BunrakuError("model", `${id} is not here.`)),
});
