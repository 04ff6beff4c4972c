import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";

/** One file of the page, ready to send. */
export interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
  readonly bytes: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".ico": "image/x-icon",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
  ".wav": "audio/wav",
};

/** Vite puts a content hash into the names under `assets/`, so those never change. */
const FOREVER = "public, max-age=31536000, immutable";
const ASK_AGAIN = "no-cache";
/** Addresses without a file name. */
const PAGES: Readonly<Record<string, string>> = {
  "/": "/index.html",
  "/puppet": "/puppet.html",
  "/puppet/": "/puppet.html",
};
const MAX_FILES = 5_000;

/**
 * The files of a built page. Only names found by walking the folder exist: an address is looked up, never joined to a
 * path, so there is nothing to traverse. Links and hidden files are left out.
 */
export class StaticFiles {
  readonly #paths: ReadonlyMap<string, string>;

  private constructor(paths: ReadonlyMap<string, string>) {
    this.#paths = paths;
  }

  /** Lists `folder`; an absent folder has no files. */
  static async open(folder: string): Promise<StaticFiles> {
    const paths = new Map<string, string>();
    await walk(folder, "", paths);
    return new StaticFiles(paths);
  }

  /** True where the page has been built. */
  get built(): boolean {
    return this.#paths.has("/index.html");
  }

  async find(address: string): Promise<Asset | undefined> {
    const name = PAGES[address] ?? address;
    const path = this.#paths.get(name);
    if (path === undefined) return undefined;
    try {
      const [bytes, { size, mtimeMs }] = await Promise.all([readFile(path), stat(path)]);
      const type = TYPES[extname(name)] ?? "application/octet-stream";
      const cache = name.startsWith("/assets/") ? FOREVER : ASK_AGAIN;
      return { type, cache, bytes, etag: `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"` };
    } catch {
      // The page was rebuilt under us: the file is gone, which is a plain 404.
      return undefined;
    }
  }
}

const walk = async (folder: string, prefix: string, paths: Map<string, string>): Promise<void> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.name.startsWith(".") || paths.size >= MAX_FILES) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await walk(path, `${prefix}/${entry.name}`, paths);
    if (entry.isFile()) paths.set(`${prefix}/${entry.name}`, path);
  }
};
