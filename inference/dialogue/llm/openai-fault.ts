import { BunrakuError } from "../../../bridge/core/errors.ts";

/** Who is being asked, for a sentence. */
export interface Endpoint {
  readonly url: URL;
  readonly model: string;
  readonly keyEnv: string | undefined;
}

/** "The language model at http://127.0.0.1:11434": never the path, the query or a user name, which may hold a key. */
export const nameOf = (endpoint: Endpoint): string => `The language model at ${endpoint.url.origin}`;

/** What to try when nobody answers. */
const hint = (endpoint: Endpoint): string => {
  const { hostname, port } = endpoint.url;
  const local = hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
  if (local) return port === "11434" ? "is Ollama running?" : "is its server running?";
  return "is the address right, and the network up?";
};

/** Nobody answered in time, or the connection was refused or lost. */
export const unreachable = (endpoint: Endpoint, cause: unknown): BunrakuError =>
  new BunrakuError("unreachable", `${nameOf(endpoint)} does not answer; ${hint(endpoint)}`, { cause });

/** It answered, then fell silent. */
export const stalled = (
  endpoint: Endpoint,
  what: "before its first word" | "in the middle of an answer",
): BunrakuError =>
  new BunrakuError(
    "unreachable",
    `${nameOf(endpoint)} fell silent ${what}; it may be overloaded or still loading.`,
  );

/** The connection was lost after the answer began. */
export const brokenOff = (endpoint: Endpoint, cause: unknown): BunrakuError =>
  new BunrakuError("unreachable", `${nameOf(endpoint)} broke off in the middle of an answer.`, { cause });

/** It answered with something that is no answer. */
export const unreadable = (endpoint: Endpoint, what: string, cause?: unknown): BunrakuError =>
  new BunrakuError(
    "protocol",
    `${nameOf(endpoint)} sent ${what} instead of an answer; is this address an OpenAI-compatible one?`,
    { cause },
  );

/** An HTTP status that is no success. The body is left out of the sentence: servers repeat keys and prompts in it. */
export const refused = (endpoint: Endpoint, status: number): BunrakuError => {
  const who = nameOf(endpoint);
  const cause = new Error(`HTTP ${status}`);
  if (status >= 300 && status < 400)
    return new BunrakuError("config", `${who} sends us to another address; put the final one into baseUrl.`, {
      cause,
    });
  if (status === 401 || status === 403) {
    const key =
      endpoint.keyEnv === undefined ? "it wants a key: set keyEnv" : `check the key in ${endpoint.keyEnv}`;
    return new BunrakuError("auth", `${who} refuses us; ${key}.`, { cause });
  }
  if (status === 404)
    return new BunrakuError(
      "config",
      `${who} does not know the model "${endpoint.model}" or this path; has the model been pulled, and does baseUrl end in /v1?`,
      { cause },
    );
  if (status === 429)
    return new BunrakuError("rate-limit", `${who} has had too many requests, or the account is used up.`, {
      cause,
    });
  if (status === 408 || status >= 500)
    return new BunrakuError("unreachable", `${who} is in trouble (HTTP ${status}).`, { cause });
  return new BunrakuError(
    "config",
    `${who} does not accept our request (HTTP ${status}); check model and extra.`,
    { cause },
  );
};
