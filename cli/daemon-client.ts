import { readFileSync } from "node:fs";
import { BunrakuError, type Fault } from "../bridge/core/errors.ts";
import { fromSeconds } from "../bridge/core/time.ts";
import { withDeadline } from "./deadline.ts";
import type { Kit } from "./kit.ts";

export interface DaemonAddress {
  readonly url?: string;
  readonly tokenFile?: string;
}

/** A daemon answers within this, or is not there. A command waits no longer than the daemon's own work takes. */
const PATIENCE = fromSeconds(10);
const FAULTS: readonly string[] = [
  "config",
  "auth",
  "input",
  "rate-limit",
  "unreachable",
  "device",
  "model",
  "protocol",
  "bug",
];

/** Where the running daemon is: `--url`, BUNRAKU_URL, or this machine on BUNRAKU_PORT or 7311. */
export const daemonUrl = ({ url }: DaemonAddress, { env }: Kit): string =>
  (url ?? env["BUNRAKU_URL"] ?? `http://127.0.0.1:${env["BUNRAKU_PORT"] || "7311"}`).replace(/\/+$/, "");

/** Posts to the running daemon and returns its answer. Faults: `unreachable`, `auth`, and whatever the daemon states. */
export const postToDaemon = async (
  path: string,
  body: object,
  { address, kit }: { address: DaemonAddress; kit: Kit },
): Promise<Readonly<Record<string, unknown>>> => {
  const url = daemonUrl(address, kit);
  const token = tokenOf(address, kit);
  const headers = {
    "Content-Type": "application/json",
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
  };
  const { response, text } = await withDeadline(
    async (signal) => {
      const response = await fetch(`${url}${path}`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
        redirect: "error",
        signal,
      });
      return { response, text: await response.text() };
    },
    { clock: kit.clock, span: PATIENCE, signal: kit.stop },
  ).catch((cause: unknown) => {
    if (kit.stop.aborted) throw kit.stop.reason;
    throw new BunrakuError("unreachable", kit.words.noDaemon(url), { cause });
  });
  const answer = parsed(text);
  if (response.status === 401) throw new BunrakuError("auth", kit.words.refused(url));
  if (response.ok && answer !== undefined) return answer;
  const error = answer?.["error"] as { fault?: string; message?: string } | undefined;
  if (error?.message === undefined) throw new BunrakuError("unreachable", kit.words.noDaemon(url));
  throw new BunrakuError(
    FAULTS.includes(error.fault ?? "") ? (error.fault as Fault) : "protocol",
    error.message,
  );
};

/** The token for a daemon: `--token-file`, or BUNRAKU_TOKEN. Throws fault `input` where the file cannot be read. */
export const tokenOf = ({ tokenFile }: DaemonAddress, { env, words }: Kit): string | undefined => {
  if (tokenFile === undefined) return env["BUNRAKU_TOKEN"] || undefined;
  try {
    return readFileSync(tokenFile, "utf8").trim();
  } catch (cause) {
    throw new BunrakuError("input", words.noToken(tokenFile), { cause });
  }
};

const parsed = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    // Another program on that port answers in its own way.
    return undefined;
  }
};
