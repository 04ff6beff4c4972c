import { BunrakuError } from "../../../bridge/core/errors.ts";
import { refusal } from "../refusal.ts";

/** Who is being asked, for a sentence. */
export interface SpeechEndpoint {
  readonly url: URL;
  readonly model: string;
  readonly voice: string;
  readonly keyEnv: string | undefined;
}

/** "The speech server at http://127.0.0.1:8880": never the path, the query or a user name, which may hold a key. */
const nameOf = (endpoint: SpeechEndpoint): string => `The speech server at ${endpoint.url.origin}`;

/** Nobody answered in time, or the connection was refused or lost. */
export const unreachable = (endpoint: SpeechEndpoint, cause: unknown): BunrakuError =>
  new BunrakuError(
    "unreachable",
    `${nameOf(endpoint)} does not answer; is it running, and the address right?`,
    { cause },
  );

/** It answered, then fell silent or broke off. */
export const stalled = (
  endpoint: SpeechEndpoint,
  when: "before its first sound" | "in the middle of a clause",
) =>
  new BunrakuError(
    "unreachable",
    `${nameOf(endpoint)} fell silent ${when}; it may be overloaded or still loading.`,
  );

/** The connection was lost after the sound began. */
export const brokenOff = (endpoint: SpeechEndpoint, cause: unknown): BunrakuError =>
  new BunrakuError("unreachable", `${nameOf(endpoint)} broke off in the middle of a clause.`, { cause });

/** It answered with something that is no sound we read. */
export const unreadable = (endpoint: SpeechEndpoint, what: string): BunrakuError =>
  new BunrakuError(
    "protocol",
    `${nameOf(endpoint)} sent ${what} instead of 16-bit PCM; does it know response_format "pcm", and is baseUrl right?`,
  );

/** An HTTP status that is no success. */
export const refused = (endpoint: SpeechEndpoint, status: number): BunrakuError => {
  const check = `model "${endpoint.model}", voice "${endpoint.voice}" and baseUrl`;
  return refusal({ who: nameOf(endpoint), keyEnv: endpoint.keyEnv }, { status, check });
};
