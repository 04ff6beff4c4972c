import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";
import { tarMembers } from "../../inference/models/tar.ts";

/** A browser that can be started here. */
export interface BrowserChoice {
  readonly name: string;
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A wav the page's microphone hears (it loops: pad it with silence), and further switches. */
export interface LaunchOptions {
  readonly microphone?: string;
  readonly autoplay?: boolean;
  readonly args?: readonly string[];
}

/** Why tests that need a browser are skipped where `findBrowser` finds none. */
export const NO_BROWSER =
  "no Chrome, Edge or Chromium is installed, and @sparticuz/chromium only runs on Linux x64";

const ON_PATH = [
  "google-chrome",
  "google-chrome-stable",
  "microsoft-edge",
  "chromium",
  "chromium-browser",
  "chrome.exe",
  "msedge.exe",
];
const ELSEWHERE = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  join(homedir(), "Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
  ...[process.env["PROGRAMFILES"], process.env["PROGRAMFILES(X86)"], process.env["LOCALAPPDATA"]]
    .filter((folder) => folder !== undefined)
    .flatMap((folder) => [
      join(folder, "Google/Chrome/Application/chrome.exe"),
      join(folder, "Microsoft/Edge/Application/msedge.exe"),
    ]),
];

/** An installed browser, else the one in the npm registry, else undefined: the test is then skipped with `NO_BROWSER`. */
export const findBrowser = async (): Promise<BrowserChoice | undefined> => {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = [
    ...ON_PATH.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...ELSEWHERE,
  ];
  const installed = candidates.find((path) => existsSync(path));
  if (installed !== undefined) return { name: basename(installed), path: installed, env: {} };
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  return unpacked();
};

/** Starts a browser that draws in software, hears a fake microphone, and calls nobody at home. */
export const launchBrowser = (choice: BrowserChoice, options: LaunchOptions = {}): Promise<Browser> =>
  chromium.launch({
    executablePath: choice.path,
    headless: true,
    env: { ...process.env, ...choice.env },
    args: [
      "--no-sandbox",
      "--use-gl=angle",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      "--ignore-gpu-blocklist",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-domain-reliability",
      "--no-pings",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      ...(options.microphone === undefined
        ? []
        : [`--use-file-for-fake-audio-capture=${options.microphone}`]),
      ...(options.autoplay === true ? ["--autoplay-policy=no-user-gesture-required"] : []),
      ...(options.args ?? []),
    ],
  });

/**
 * The browser of @sparticuz/chromium with the libraries it brings along, unpacked once per version. The package's own
 * unpacking leaves the libraries out anywhere but on Lambda, and a bare machine has none of them.
 */
const unpacked = async (): Promise<BrowserChoice | undefined> => {
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = require.resolve("@sparticuz/chromium");
  } catch {
    return undefined;
  }
  const archives = join(dirname(entry), "../../bin");
  const { version } = require(join(archives, "../package.json")) as { version: string };
  const folder = join(tmpdir(), `bunraku-chromium-${version}`);
  if (!existsSync(folder)) {
    // Unpacked beside and renamed whole: two test files may start at once, and one may be killed half-way.
    const draft = await mkdtemp(`${folder}-`);
    await inflateFile(join(archives, "chromium.br"), join(draft, "chromium"));
    for (const archive of ["swiftshader", "al2023", "fonts"])
      await inflateTar(join(archives, `${archive}.tar.br`), draft);
    await rename(draft, folder).catch(() => rm(draft, { recursive: true, force: true }));
  }
  const libraries = [join(folder, "lib"), folder, process.env["LD_LIBRARY_PATH"] ?? ""].filter(
    (path) => path !== "",
  );
  return {
    name: `@sparticuz/chromium ${version}`,
    path: join(folder, "chromium"),
    env: { LD_LIBRARY_PATH: libraries.join(":") },
  };
};

const inflateFile = async (from: string, to: string): Promise<void> => {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to, { mode: 0o700 }));
};

const inflateTar = async (from: string, folder: string): Promise<void> => {
  const plain = createReadStream(from).pipe(createBrotliDecompress());
  for await (const { name, bytes } of tarMembers(plain, 64 * 1_024 * 1_024)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(bytes, createWriteStream(path));
    await chmod(path, 0o755);
  }
};
