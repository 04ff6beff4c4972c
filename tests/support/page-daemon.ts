import { mkdtemp } from "node:fs/promises";
import { tmpdir, homedir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../../bridge/core/log.ts";
import { SystemClock } from "../../bridge/core/time.ts";
import { startDaemon, type Daemon } from "../../cli/daemon/daemon.ts";
import { loadPreset } from "../../configs/load.ts";
import { cacheFolder } from "../../inference/models/cache-folder.ts";
import { ModelStore } from "../../inference/models/store.ts";

const root = join(import.meta.dirname, "../..");

export interface TestDaemonOptions {
  /** Name or path of a preset. */
  readonly preset?: string;
  /** Set beside the environment; BUNRAKU_PORT is any free port. */
  readonly env?: Readonly<Record<string, string>>;
  /** An empty model cache of its own, instead of the user's. */
  readonly emptyCache?: boolean;
  readonly offline?: boolean;
}

/** The real daemon in this process, on a free port, with the built page. */
export const startTestDaemon = async (options: TestDaemonOptions = {}): Promise<Daemon> => {
  const env = { ...process.env, BUNRAKU_PORT: "0", ...options.env };
  const { preset, characters, problems } = loadPreset(options.preset ?? "default", { env });
  if (preset === undefined) throw new Error(problems.map((problem) => problem.message).join("\n"));
  const clock = new SystemClock();
  const place = { env: process.env, platform: process.platform, home: homedir() };
  const folder =
    options.emptyCache === true ? await mkdtemp(join(tmpdir(), "bunraku-cache-")) : cacheFolder(place);
  const npm = { node: process.execPath, env: process.env };
  return startDaemon({
    preset,
    characters,
    clock,
    log: silentLog,
    env,
    models: new ModelStore({ folder, npm, offline: options.offline ?? false, clock }),
    assets: join(root, ".build", "stage"),
    listen: false,
    token: undefined,
  });
};
