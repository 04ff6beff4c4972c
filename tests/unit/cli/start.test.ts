import { fork, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../../../.build/cli/main.js", import.meta.url));

let folder = "";
let entry = "";
let children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "start-"));
  entry = join(folder, "entry.mjs");
  await writeFile(
    entry,
    `import { runProcess } from ${JSON.stringify(pathToFileURL(MAIN).href)};\nawait runProcess();\n`,
  );
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly ended: Promise<{ code: number | null; out: string; err: string }>;
}

/** The built daemon in a process of its own, without models and without a network. */
const start = (...args: readonly string[]): Promise<Started> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, BUNRAKU_CACHE: folder, BUNRAKU_LANG: "en" };
    const child = fork(entry, ["start", "--port", "0", "--offline", "--json", ...args], {
      env,
      silent: true,
    });
    children.push(child);
    let [out, err] = ["", ""];
    // Not "close": Node never tells it of a child that was disconnected by hand.
    const gone = new Promise<number | null>((done) => child.on("exit", done));
    const silent = new Promise((done) => child.stdout?.on("close", done));
    const ended = Promise.all([gone, silent]).then(([code]) => ({ code, out, err }));
    child.stderr?.on("data", (part: Buffer) => (err += part.toString()));
    child.stdout?.on("data", (part: Buffer) => {
      out += part.toString();
      const url = /"url":"([^"]+)"/.exec(out)?.[1];
      if (url !== undefined) resolve({ child, url, ended });
    });
    void ended.then(() => reject(new Error(`the daemon did not start: ${err}`)));
  });

describe.skipIf(!existsSync(MAIN))("the daemon of the build (absent until `npm run build`)", () => {
  test("serves its page and its status, and every line it prints is JSON", async () => {
    const { child, url, ended } = await start();
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ ok: true });
    expect(await (await fetch(`${url}/status`)).json()).toMatchObject({ puppets: [{ puppet: "chanter" }] });
    child.send("stop");
    const { code, out } = await ended;
    expect(code).toBe(0);
    const events = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string });
    expect(events[0]).toMatchObject({ event: "started", url });
    expect(events.at(-1)).toEqual({ event: "stopped" });
  });

  test.skipIf(process.platform === "win32")(
    "ends with 130 after Ctrl-C (no such signal between processes on Windows)",
    async () => {
      const { child, ended } = await start();
      child.kill("SIGINT");
      expect((await ended).code).toBe(130);
    },
  );

  test("stops when its parent is gone", async () => {
    const { child, ended } = await start();
    child.disconnect();
    expect((await ended).code).toBe(0);
  });

  test("stops with its input where it was asked to, and only there", async () => {
    const [asked, other] = [await start("--stop-with-input"), await start()];
    asked.child.stdin?.end();
    other.child.stdin?.end();
    expect((await asked.ended).code).toBe(0);
    expect((await fetch(`${other.url}/healthz`)).status).toBe(200);
  });

  test("refuses to be reachable by accident", async () => {
    await expect(start("--listen")).rejects.toThrow(/--token-file/);
  });

  test("on a port in use says so and ends with 3", async () => {
    const { url } = await start();
    await expect(start("--port", new URL(url).port)).rejects.toThrow(
      /in use by another program; choose another with --port/,
    );
  });
});
