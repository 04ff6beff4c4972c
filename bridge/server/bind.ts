import { BunrakuError } from "../core/errors.ts";
import { isLoopbackName } from "./guards.ts";

/** Refuses to be reachable from other machines by accident: that takes `--listen` and a token. Throws fault `config`. */
export const assertBind = (bind: { host: string; listen: boolean; token: string | undefined }): void => {
  if (isLoopbackName(bind.host)) return;
  if (!bind.listen)
    throw new BunrakuError(
      "config",
      `${bind.host} is reachable from other machines; say so with --listen, and give --token-file`,
    );
  if (bind.token === undefined)
    throw new BunrakuError(
      "config",
      `Whoever reaches ${bind.host} could make the puppet speak; give a token with --token-file`,
    );
};
