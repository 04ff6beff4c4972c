import { homedir } from "node:os";
import { isRetryable, BunrakuError } from "../../bridge/core/errors.ts";
import { SystemClock } from "../../bridge/core/time.ts";
import { cacheFolder } from "../../inference/models/cache-folder.ts";
import { ModelStore } from "../../inference/models/store.ts";

const NEVER = new AbortController().signal;

/** The user's own store, as the program would open it. */
export const userModels = (): ModelStore =>
  new ModelStore({
    folder: cacheFolder({ env: process.env, platform: process.platform, home: homedir() }),
    npm: { node: process.execPath, env: process.env },
    offline: false,
    clock: new SystemClock(),
  });

/** Path of a real model, fetched when missing; undefined where no registry can be reached: a test then skips itself. */
export const modelOrSkip = async (id: string): Promise<string | undefined> => {
  try {
    return await userModels().ensure(id, { signal: NEVER });
  } catch (error) {
    if (error instanceof BunrakuError && isRetryable(error.fault)) return undefined;
    throw error;
  }
};
