import { BunrakuError } from "../../../bridge/core/errors.ts";
import { refusal } from "../refusal.ts";

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

/** An HTTP status that is no success. */
export const refused = (endpoint: Endpoint, status: number): BunrakuError => {
  const who = nameOf(endpoint);
  if (status === 404)
    return new BunrakuError(
      "config",
      `${who} does not know the model "${endpoint.model}" or this path; has the model been pulled, and does baseUrl end in /v1?`,
      { cause: new Error(`HTTP ${status}`) },
    );
  return refusal({ who, keyEnv: endpoint.keyEnv }, { status, check: "model and extra" });
};
