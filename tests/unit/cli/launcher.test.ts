import { spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const LAUNCHER = ["bunraku.mjs", "prepare.mjs"];
const ours = (name: string): string => fileURLToPath(new URL(`../../../cli/${name}`, import.meta.url));

let folder = "";
const write = async (name: string, text: string): Promise<void> => {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
};

/** Packages of a lockfile, as npm writes them both into it and into node_modules. */
const lock = (version: string): string => JSON.stringify({ packages: { "node_modules/a": { version } } });

/** A checkout in small: the real launcher, an npm and a build that leave a trace, and a main that prints its arguments. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "launcher-"));
  await mkdir(join(folder, "cli"));
  for (const name of LAUNCHER) await copyFile(ours(name), join(folder, "cli", name));
  await write("tsconfig.json", "{}");
  await write("package-lock.json", lock("1.0.0"));
  await write("cli/main.ts", "");
  await write(
    "npm/npm-cli.js",
    `
    const fs = require("node:fs");
    console.log("npm " + process.argv.slice(2).join(" "));
    fs.appendFileSync("trace", "npm ");
    if (fs.existsSync("offline")) process.exit(1);
    fs.mkdirSync("node_modules", { recursive: true });
    fs.copyFileSync("package-lock.json", "node_modules/.package-lock.json");
  `,
  );
  await write(
    "cli/build.mjs",
    `
    import fs from "node:fs";
    console.log("a build that prints " + process.argv.slice(2));
    fs.appendFileSync("trace", "build ");
    if (fs.existsSync("broken")) process.exit(2);
    fs.mkdirSync(".build/cli", { recursive: true });
    fs.writeFileSync(".build/package.json", '{ "type": "module" }');
    fs.writeFileSync(".build/cli/main.js", 'export const runProcess = async () => { console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 6; };');
  `,
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly trace: string;
}

const launch = async (...args: readonly string[]): Promise<Ran> => {
  await rm(join(folder, "trace"), { force: true });
  const env = {
    ...process.env,
    npm_execpath: join(folder, "npm", "npm-cli.js"),
    LANG: "C",
    LC_ALL: "",
    LC_MESSAGES: "",
    BUNRAKU_LANG: "",
  };
  const child = spawn(process.execPath, [join(folder, "cli", "bunraku.mjs"), ...args], { env });
  let [out, err] = ["", ""];
  child.stdout.on("data", (part: Buffer) => (out += part.toString()));
  child.stderr.on("data", (part: Buffer) => (err += part.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out, err, trace: await readFile(join(folder, "trace"), "utf8").catch(() => "") };
};

const later = async (name: string): Promise<void> => {
  const at = new Date(Date.now() + 5_000);
  await utimes(join(folder, name), at, at);
};

test("a fresh checkout installs, builds and runs, and standard output holds only what was asked for", async () => {
  const { code, out, err, trace } = await launch("status", "--json");
  expect(trace).toBe("npm build ");
  expect(out).toBe('["status","--json"]\n');
  expect(err).toContain("npm ci --include=dev");
  expect(err).toContain("a build that prints");
  expect(code).toBe(6);
});

test("a second start does neither", async () => {
  await launch();
  expect(await launch("x")).toMatchObject({ trace: "", err: "", out: '["x"]\n' });
});

test("a source that changed is built again", async () => {
  await launch();
  await later("cli/main.ts");
  expect((await launch()).trace).toBe("build ");
});

test("a source of the page that changed builds the page only", async () => {
  await write("bridge/stage/vite.config.ts", "");
  await write(".build/stage/index.html", "");
  await launch();
  await later("bridge/stage/vite.config.ts");
  const { trace, err } = await launch();
  expect({ trace, err }).toEqual({ trace: "build ", err: expect.stringContaining("--only=stage") });
});

test("a lockfile that names other versions is installed again, one that was only touched is not", async () => {
  await launch();
  await later("package-lock.json");
  expect((await launch()).trace).toBe("");
  await write("package-lock.json", lock("2.0.0"));
  await later("package-lock.json");
  expect((await launch()).trace).toBe("npm ");
});

test("an install that fails says so and ends with 7, a build that fails with 1", async () => {
  await write("offline", "");
  expect(await launch()).toMatchObject({ code: 7, out: "", err: expect.stringContaining("npm ci") });
  await rm(join(folder, "offline"));
  await write("broken", "");
  expect(await launch()).toMatchObject({
    code: 1,
    out: "",
    err: expect.stringContaining("The build failed"),
  });
});

test("an installed package has nothing to install or build", async () => {
  await launch();
  await Promise.all(
    ["tsconfig.json", "package-lock.json", "cli/main.ts", "cli/build.mjs"].map((name) =>
      rm(join(folder, name)),
    ),
  );
  expect(await launch("x")).toMatchObject({ trace: "", out: '["x"]\n' });
  await rm(join(folder, ".build"), { recursive: true });
  expect(await launch("x")).toMatchObject({ code: 4, err: expect.stringContaining("install it again") });
});
