import { BunrakuError } from "../../bridge/core/errors.ts";

/** A server that was asked, for a sentence: never with the path, the query or a user name, which may hold a key. */
export interface Server {
  /** "The language model at http://127.0.0.1:11434". */
  readonly who: string;
  /** Environment variable of its key. */
  readonly keyEnv: string | undefined;
}

/**
 * An HTTP status that is no success; `check` is what to look at where no other sentence fits. The body is left out:
 * servers repeat keys and texts in it.
 */
export const refusal = (
  { who, keyEnv }: Server,
  { status, check }: { status: number; check: string },
): BunrakuError => {
  const cause = new Error(`HTTP ${status}`);
  if (status >= 300 && status < 400)
    return new BunrakuError("config", `${who} sends us to another address; put the final one into baseUrl.`, {
      cause,
    });
  if (status === 401 || status === 403) {
    const key = keyEnv === undefined ? "it wants a key: set keyEnv" : `check the key in ${keyEnv}`;
    return new BunrakuError("auth", `${who} refuses us; ${key}.`, { cause });
  }
  if (status === 429)
    return new BunrakuError("rate-limit", `${who} has had too many requests, or the account is used up.`, {
      cause,
    });
  if (status === 408 || status >= 500)
    return new BunrakuError("unreachable", `${who} is in trouble (HTTP ${status}).`, { cause });
  return new BunrakuError("config", `${who} does not accept our request (HTTP ${status}); check ${check}.`, {
    cause,
  });
};
