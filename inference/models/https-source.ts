import { randomUUID } from "node:crypto";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { BunrakuError, isAbort } from "../../bridge/core/errors.ts";
import { fromMillis, fromSeconds, plus, type Clock, type Micros } from "../../bridge/core/time.ts";
import { writeWhole } from "./checksum.ts";

export interface HttpsOptions {
  /** Where an interrupted download waits for the next try, with its tag beside it. */
  readonly resume: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly bytes: number;
  readonly onBytes: (count: number) => void;
}

const TRIES = 4;
const MAX_REDIRECTS = 5;
/** A server that sends nothing for this long is given up; the next try resumes. */
const STALL = fromSeconds(30);
const FIRST_DELAY = fromMillis(500);

/**
 * Downloads `url` to `path`, going on from `resume` of an earlier try where the server still has the same file.
 * An interrupted download leaves only `resume`. Faults: `unreachable`, `auth`, `model`, `config`.
 */
export const fetchFromHttps = async (url: string, path: string, options: HttpsOptions): Promise<void> => {
  const part = await PartFile.claim(path, options.resume);
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        await download(url, part, options);
        break;
      } catch (error) {
        if (isAbort(error, options.signal)) throw error;
        if (!(error instanceof BunrakuError) || error.fault !== "unreachable" || attempt === TRIES)
          throw error;
        // Jitter, so that a room of machines does not come back in one beat.
        const delay = FIRST_DELAY * 2 ** (attempt - 1) * (0.5 + Math.random());
        await options.clock.sleepUntil(plus(options.clock.now(), delay as Micros), options.signal);
      }
    }
    await part.finish();
  } catch (error) {
    await part.release();
    throw error;
  }
};

const download = async (url: string, part: PartFile, options: HttpsOptions): Promise<void> => {
  const held = await part.size();
  const tag = held > 0 ? await part.tag() : undefined;
  const stall = new Stall(options);
  try {
    const headers: Record<string, string> =
      tag === undefined ? {} : { Range: `bytes=${held}-`, "If-Range": tag, "Accept-Encoding": "identity" };
    const response = await follow(url, { headers, signal: stall.signal });
    if (response.status === 416) {
      await response.body?.cancel();
      // Nothing is left to send: whole if the size is right (the checksum decides), otherwise start again.
      if (held === options.bytes) return;
      await part.clear();
      throw new BunrakuError("unreachable", `${hostOf(url)} would not continue the download`);
    }
    if (!response.ok || response.body === null) throw refusal(url, response.status);
    const append = response.status === 206 && startsAt(response, held);
    await part.keepTag(response.headers.get("etag"));
    const bytes = stall.watch(response.body);
    await writeWhole(part.path, bytes, {
      append,
      maxBytes: options.bytes,
      signal: stall.signal,
      onBytes: options.onBytes,
    });
    const got = await part.size();
    if (got < options.bytes)
      throw new BunrakuError(
        "unreachable",
        `${hostOf(url)} closed the download at ${got} of ${options.bytes} bytes`,
      );
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    if (error instanceof BunrakuError) throw error;
    throw new BunrakuError(
      "unreachable",
      `${hostOf(url)} does not answer; check the network, then run \`bunraku models pull\``,
      { cause: error },
    );
  } finally {
    stall.stop();
  }
};

/** Follows redirects by hand, so that none leaves https. Plain http is for this machine only. */
const follow = async (
  url: string,
  init: { headers: Record<string, string>; signal: AbortSignal },
): Promise<Response> => {
  let address = url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    assertSecure(address);
    const response = await fetch(address, { ...init, redirect: "manual" });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    address = new URL(location, address).href;
  }
  throw new BunrakuError("model", `${hostOf(url)} redirects more than ${MAX_REDIRECTS} times`);
};

const assertSecure = (address: string): void => {
  const { protocol, hostname } = new URL(address);
  const here = hostname === "127.0.0.1" || hostname === "localhost" || hostname === "[::1]";
  if (protocol === "https:" || (protocol === "http:" && here)) return;
  throw new BunrakuError(
    "config",
    `models are fetched over https only, and ${hostname} offers ${protocol}//`,
  );
};

const refusal = (url: string, status: number): BunrakuError => {
  if (status === 401 || status === 403)
    return new BunrakuError("auth", `${hostOf(url)} refuses the download (${status})`);
  if (status === 429 || status >= 500)
    return new BunrakuError(
      "unreachable",
      `${hostOf(url)} is too busy (${status}); try \`bunraku models pull\` later`,
    );
  return new BunrakuError("model", `${hostOf(url)} does not have this model any more (${status})`);
};

const startsAt = (response: Response, held: number): boolean => {
  const start = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1];
  if (Number(start) === held) return true;
  throw new BunrakuError("unreachable", "the server continued the download at another place");
};

const hostOf = (url: string): string => new URL(url).host;

/** Aborts a download whose server went quiet, or that the caller aborted. */
class Stall {
  readonly signal: AbortSignal;
  readonly #quiet = new AbortController();
  readonly #done = new AbortController();
  readonly #clock: Clock;
  #last: Micros;

  constructor({ clock, signal }: HttpsOptions) {
    this.#clock = clock;
    this.#last = clock.now();
    this.signal = AbortSignal.any([signal, this.#quiet.signal]);
    void this.#guard();
  }

  async *watch(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const bytes of body) {
      this.#last = this.#clock.now();
      yield bytes;
    }
  }

  stop(): void {
    this.#done.abort();
  }

  async #guard(): Promise<void> {
    try {
      while (this.#clock.now() < plus(this.#last, STALL))
        await this.#clock.sleepUntil(plus(this.#last, STALL), this.#done.signal);
      this.#quiet.abort(new Error("no bytes for 30 seconds"));
    } catch {
      // Stopped: the download ended first.
    }
  }
}

/** A partial file under a name of its own while we write it, so that two processes never share one. */
class PartFile {
  readonly path: string;
  readonly #final: string;
  readonly #resume: string;

  private constructor(final: string, resume: string) {
    this.#final = final;
    this.#resume = resume;
    this.path = `${resume}.${randomUUID()}`;
  }

  /** Takes over what an earlier try left, if no other process was faster. */
  static async claim(final: string, resume: string): Promise<PartFile> {
    const part = new PartFile(final, resume);
    await rename(resume, part.path).catch(() => undefined);
    await rename(`${resume}.etag`, `${part.path}.etag`).catch(() => undefined);
    return part;
  }

  async size(): Promise<number> {
    return stat(this.path).then(
      (found) => found.size,
      () => 0,
    );
  }

  /** Only a strong tag proves that the rest belongs to the same file. */
  async tag(): Promise<string | undefined> {
    const tag = await readFile(`${this.path}.etag`, "utf8").catch(() => "");
    return tag.startsWith('"') ? tag : undefined;
  }

  async keepTag(tag: string | null): Promise<void> {
    await writeFile(`${this.path}.etag`, tag ?? "");
  }

  async clear(): Promise<void> {
    await rm(this.path, { force: true });
    await rm(`${this.path}.etag`, { force: true });
  }

  async finish(): Promise<void> {
    await rename(this.path, this.#final);
    await rm(`${this.path}.etag`, { force: true });
  }

  /** Leaves the bytes for the next try. */
  async release(): Promise<void> {
    if ((await this.size()) === 0) return this.clear();
    await rename(this.path, this.#resume).catch(() => undefined);
    await rename(`${this.path}.etag`, `${this.#resume}.etag`).catch(() => undefined);
  }
}
