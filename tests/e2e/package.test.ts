import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HeadlessEvent } from "../../bridge/engines/headless-events.ts";
import { npmCommandFile } from "../../inference/models/npm-source.ts";
import { withinSeconds } from "../support/story.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const npm = npmCommandFile({ node: process.execPath, env: process.env }) ?? "";

/** What npm prints; undefined where it fails. */
const npmSays = (...args: readonly string[]): string | undefined => {
  try {
    return execFileSync(process.execPath, [npm, ...args, "--loglevel=silent"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return undefined;
  }
};

/** Why there is nothing to test here, or nothing. */
const missing = (): string => {
  if (npm === "") return " (skipped: npm is not beside Node)";
  if (!existsSync(join(root, ".build", "cli", "main.js"))) return " (skipped: absent until `npm run build`)";
  const answer = npmSays("view", "ws", "version", "--fetch-retries=0", "--fetch-timeout=5000");
  return answer === undefined ? " (skipped: no package registry answers)" : "";
};
const why = missing();

describe.skipIf(why !== "")(`the package, installed into an empty folder${why}`, () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  const children: ChildProcess[] = [];

  interface Running {
    readonly child: ChildProcess;
    /** Lines of standard output so far. */
    readonly lines: string[];
    readonly ended: Promise<{ code: number | null; out: string; err: string }>;
  }

  const node = (args: readonly string[], cwd: string): Running => {
    const child = spawn(process.execPath, [...args], { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
    children.push(child);
    let [out, err] = ["", ""];
    const lines: string[] = [];
    child.stderr.on("data", (part: Buffer) => (err += part.toString()));
    child.stdout.on("data", (part: Buffer) => {
      out += part.toString();
      lines.splice(0, lines.length, ...out.split("\n").slice(0, -1));
    });
    const ended = new Promise<number | null>((done) => child.on("close", done)).then((code) => ({
      code,
      out,
      err,
    }));
    return { child, lines, ended };
  };
  /** `npx bunraku …` in the folder, without the shell that finding npx on Windows would take. */
  const bunraku = (...args: readonly string[]): Running =>
    node([npm, "exec", "--offline", "--no", "--", "bunraku", ...args], folder);
  const ran = async (...args: readonly string[]): Promise<string> => {
    const { child, ended } = bunraku(...args);
    child.stdin?.end();
    const { code, out, err } = await ended;
    expect({ args, code, err: code === 0 ? "" : err + out }).toEqual({ args, code: 0, err: "" });
    return out;
  };

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "package-")));
    const home = join(folder, "home");
    await mkdir(home);
    // An empty home, but for the way to the user's registry and what npm has already fetched from it.
    env = {
      PATH: process.env["PATH"],
      SystemRoot: process.env["SystemRoot"],
      NODE_EXTRA_CA_CERTS: process.env["NODE_EXTRA_CA_CERTS"],
      HTTPS_PROXY: process.env["HTTPS_PROXY"],
      HOME: home,
      USERPROFILE: home,
      LOCALAPPDATA: join(home, "local"),
      LANG: "C",
      npm_config_cache: npmSays("config", "get", "cache"),
      npm_config_registry: npmSays("config", "get", "registry"),
      npm_config_userconfig: process.env["npm_config_userconfig"] ?? join(homedir(), ".npmrc"),
    };
    const packed = await node(["cli/pack.mjs", "--no-build", "--pack-destination", folder], root).ended;
    expect(packed, packed.err).toMatchObject({ code: 0 });
    const install = ["install", "--omit=dev", "--prefer-offline", "--ignore-scripts", "--no-audit"];
    const installed = await node([npm, ...install, "--no-fund", packed.out.trim()], folder).ended;
    expect(installed, installed.err).toMatchObject({ code: 0 });
  }, 80_000);

  afterAll(async () => {
    for (const child of children) child.kill();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });

  test("brings the program and what it needs to run, and no tool of ours", async () => {
    const packages = await readdir(join(folder, "node_modules"));
    expect(packages).toEqual(expect.arrayContaining(["bunraku", "onnxruntime-node", "ws"]));
    for (const tool of ["typescript", "vite", "vitest", "three", "playwright-core"])
      expect(packages).not.toContain(tool);
    expect((await readdir(join(folder, "node_modules", "bunraku"))).sort()).toEqual(
      [".build", "bridge", "cli", "configs", "CHANGELOG.md", "LICENSE", "README.md", "package.json"].sort(),
    );
  });

  test("every preset that comes along is found, and sound", async () => {
    const names = (await readdir(join(root, "configs", "presets"))).map((file) => file.replace(".yaml", ""));
    expect(names).toContain("default");
    const reports = await Promise.all(names.map((name) => ran("check", name, "--json")));
    for (const report of reports) expect(JSON.parse(report)).toMatchObject({ ok: true, problems: [] });
  });

  test("the doctor finds everything in order once the models are pulled", async () => {
    await ran("models", "pull");
    const report = JSON.parse(await ran("doctor", "--json")) as { ok: boolean; findings: unknown[] };
    expect(report).toMatchObject({ ok: true });
    expect(report.findings.length).toBeGreaterThan(5);
  }, 60_000);

  test("the show starts: the page is served, and an engine hears the greeting", async () => {
    const show = bunraku("start", "--port", "0", "--json", "--stop-with-input");
    const { url } = await withinSeconds(
      "the start",
      new Promise<{ url: string }>((resolve, reject) => {
        show.child.stdout?.on("data", () => {
          const [first] = show.lines;
          if (first !== undefined) resolve(JSON.parse(first) as { url: string });
        });
        void show.ended.then(({ err }) => reject(new Error(err)));
      }),
    );
    const page = await fetch(url);
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(await page.text()).toContain("/assets/index-");

    const out = await ran("engine", "--headless", "--json", "--seconds", "5", "--url", url);
    const events = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as HeadlessEvent);
    expect(events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["welcome", "synchronized", "audible", "started"]),
    );

    show.child.stdin?.end();
    expect((await show.ended).code).toBe(0);
  }, 40_000);

  test("the protocol and its example client come along", async () => {
    const bridge = join(folder, "node_modules", "bunraku", "bridge", "wire");
    expect(await readFile(join(bridge, "PROTOCOL.md"), "utf8")).toContain("# ");
    expect(existsSync(join(bridge, "examples", "voice-client.mjs"))).toBe(true);
  });
});
