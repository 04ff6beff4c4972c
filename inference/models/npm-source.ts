import { execFile } from "node:child_process";
import { createReadStream, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { BunrakuError, isAbort } from "../../bridge/core/errors.ts";
import { writeWhole } from "./checksum.ts";
import { tarMembers } from "./tar.ts";

/** How to start the user's own npm: their registry, proxy and credentials count. */
export interface NpmCommand {
  /** `process.execPath`. */
  readonly node: string;
  /** Environment of the child, and where `npm_execpath` is looked for. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** One wanted file of a package: where it lies in the tarball and where it goes. */
export interface WantedFile {
  readonly file: string;
  readonly path: string;
  readonly bytes: number;
  readonly onBytes: (count: number) => void;
}

/** A package may unpack to this at most; moonshine-js is 31 MB. */
const MAX_MEMBER = 2_000_000_000;

/** Fetches `name@version` once with `npm pack` and writes the wanted files. Faults: `unreachable`, `device`, `model`. */
export const fetchFromNpm = async (
  spec: string,
  wanted: readonly WantedFile[],
  options: { npm: NpmCommand; folder: string; signal: AbortSignal },
): Promise<void> => {
  const scratch = await mkdtemp(join(options.folder, "npm-"));
  try {
    const tarball = await pack(spec, scratch, options);
    const left = new Map(wanted.map((file) => [file.file, file]));
    // `pipeline` with a callback destroys both ends when the reader stops early; the error reaches us through the iterator.
    const bytes = pipeline(createReadStream(tarball), createGunzip(), () => undefined);
    try {
      for await (const member of tarMembers(bytes, MAX_MEMBER)) {
        const file = left.get(member.name);
        if (file === undefined) continue;
        await writeWhole(file.path, member.bytes, {
          append: false,
          maxBytes: file.bytes,
          signal: options.signal,
          onBytes: file.onBytes,
        });
        left.delete(member.name);
        if (left.size === 0) break;
      }
    } catch (cause) {
      if (cause instanceof BunrakuError || isAbort(cause, options.signal)) throw cause;
      throw new BunrakuError(
        "model",
        `the archive of ${spec} cannot be unpacked; run \`bunraku models pull\` again`,
        { cause },
      );
    } finally {
      bytes.destroy();
    }
    const [missing] = left.keys();
    if (missing !== undefined)
      throw new BunrakuError(
        "model",
        `${spec} does not hold ${missing}; this registry serves another package`,
      );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** npm's own command file: the running npm's, else the one installed beside Node; undefined where there is none. */
export const npmCommandFile = ({ node, env }: NpmCommand): string | undefined => {
  const running = env["npm_execpath"];
  const beside = [
    join(dirname(node), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    join(dirname(node), "node_modules", "npm", "bin", "npm-cli.js"),
    // Homebrew, where Node's real place is in the Cellar.
    join(dirname(node), "..", "libexec", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    join(dirname(node), "..", "share", "nodejs", "npm", "bin", "npm-cli.js"),
  ];
  // npm_execpath names yarn or pnpm where those started us, and they pack differently.
  const ours = running !== undefined && /npm-cli\.c?js$/.test(running) ? [running] : [];
  return [...ours, ...beside].find((path) => existsSync(path));
};

const pack = async (
  spec: string,
  scratch: string,
  { npm, signal }: { npm: NpmCommand; signal: AbortSignal },
): Promise<string> => {
  const command = npmCommandFile(npm);
  if (command === undefined)
    throw new BunrakuError(
      "device",
      "npm was not found beside Node; start with `npm start`, or install npm, then run `bunraku models pull`",
    );
  const args = [
    command,
    "pack",
    spec,
    "--pack-destination",
    scratch,
    "--json",
    "--ignore-scripts",
    "--loglevel=error",
  ];
  const printed = await new Promise<string>((resolve, reject) => {
    execFile(
      npm.node,
      args,
      { cwd: scratch, env: { ...npm.env }, signal, maxBuffer: 8 << 20, windowsHide: true },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        if (signal.aborted) return reject(signal.reason as Error);
        const code = /\bE[A-Z0-9]{3,}\b/.exec(stderr)?.[0] ?? "no code";
        const message = `npm could not fetch ${spec} (${code}); check the network or the registry of \`npm config get registry\`, then run \`bunraku models pull\``;
        reject(
          new BunrakuError(code === "E401" || code === "E403" ? "auth" : "unreachable", message, {
            cause: error,
          }),
        );
      },
    );
  });
  return join(scratch, filenameOf(printed, spec));
};

const filenameOf = (printed: string, spec: string): string => {
  try {
    const [packed] = JSON.parse(printed) as readonly { readonly filename?: unknown }[];
    // Older npm prints `@scope/name.tgz` here but writes `scope-name.tgz`.
    if (typeof packed?.filename === "string")
      return packed.filename.replace(/^@/, "").replaceAll(/[/\\]/g, "-");
  } catch (cause) {
    throw new BunrakuError("model", `npm pack of ${spec} answered something that is not JSON`, { cause });
  }
  throw new BunrakuError("model", `npm pack of ${spec} named no file`);
};
