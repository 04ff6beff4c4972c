import { cacheFolder } from "../inference/models/cache-folder.ts";
import { ModelStore } from "../inference/models/store.ts";
import type { Surroundings } from "./kit.ts";

/** The model files of this user. */
export const openModelStore = (
  { env, platform, home, node, clock }: Surroundings,
  offline: boolean,
): ModelStore =>
  new ModelStore({ folder: cacheFolder({ env, platform, home }), npm: { node, env }, offline, clock });
