import { BunrakuError } from "../../../bridge/core/errors.ts";
import { refusal } from "../refusal.ts";

/** Where a recogniser is asked, for a sentence. */
export interface AsrAddress {
  readonly url: URL;
  readonly model: string;
  readonly keyEnv: string | undefined;
}

/** "The recogniser at http://127.0.0.1:8000": never the path, the query or a user name, which may hold a key. */
export const nameOf = ({ url }: AsrAddress): string => `The recogniser at ${url.origin}`;

export const unreachable = (address: AsrAddress, cause: unknown): BunrakuError =>
  new BunrakuError(
    "unreachable",
    `${nameOf(address)} does not answer; is its server running, and the address right?`,
    { cause },
  );

export const tooSlow = (address: AsrAddress): BunrakuError =>
  new BunrakuError(
    "unreachable",
    `${nameOf(address)} took too long for one turn; it may be overloaded or still loading.`,
  );

export const unreadable = (address: AsrAddress, what: string, cause?: unknown): BunrakuError =>
  new BunrakuError(
    "protocol",
    `${nameOf(address)} sent ${what} instead of words; is this address an OpenAI-compatible one?`,
    { cause },
  );

/** An HTTP status that is no success. */
export const refused = (address: AsrAddress, status: number): BunrakuError => {
  const who = nameOf(address);
  const cause = new Error(`HTTP ${status}`);
  if (status === 404)
    return new BunrakuError(
      "config",
      `${who} does not know the model "${address.model}" or this path; does baseUrl end in /v1?`,
      { cause },
    );
  if (status === 413)
    return new BunrakuError("input", `${who} finds this much speech at once too long.`, { cause });
  return refusal({ who, keyEnv: address.keyEnv }, { status, check: "the model" });
};
