import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SystemClock } from "../../../bridge/core/time.ts";
import { modelEntries, MODEL_LOCK } from "../../../inference/models/lock.ts";
import { ModelStore, type ModelProgress } from "../../../inference/models/store.ts";
import { tarballOf } from "../../support/tarball.ts";

const NEVER = new AbortController().signal;
const BODY = Buffer.alloc(300_000, "bunraku model ");
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

let folder = "";
let server: Server;
let base = "";
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const asked: IncomingMessage[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bunraku-models-"));
  asked.length = 0;
  server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await rm(folder, { recursive: true, force: true });
});

const lockOf = (source: { url?: string; npm?: string; file?: string }, body: Uint8Array = BODY) =>
  modelEntries([
    { id: "test/model", source, sha256: sha256(body), bytes: body.length, licence: "MIT", text: "a test" },
  ]);

const storeOf = (
  options: { lock?: ReturnType<typeof lockOf>; offline?: boolean; env?: Record<string, string> } = {},
): ModelStore =>
  new ModelStore({
    folder,
    npm: { node: process.execPath, env: { ...process.env, ...options.env } },
    offline: options.offline ?? false,
    clock: new SystemClock(),
    lock: options.lock ?? lockOf({ url: `${base}/model.onnx` }),
  });

const pathOf = (store: ModelStore): string => store.list()[0]?.path ?? "";

/** Serves `BODY` with an ETag and ranges; `cutAt` ends the first answer early. */
const serveBody = (options: { cutAt?: number; tag?: () => string } = {}): void => {
  const tag = options.tag ?? (() => '"one"');
  let cut = options.cutAt;
  answer = (request, response) => {
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1];
    const from = range !== undefined && request.headers["if-range"] === tag() ? Number(range) : 0;
    response.setHeader("etag", tag());
    response.setHeader("content-length", BODY.length - from);
    if (from > 0) response.setHeader("content-range", `bytes ${from}-${BODY.length - 1}/${BODY.length}`);
    response.writeHead(from > 0 ? 206 : 200);
    if (cut === undefined) return response.end(BODY.subarray(from));
    const until = cut;
    cut = undefined;
    response.write(BODY.subarray(from, until), () => setTimeout(() => response.destroy(), 20));
  };
};

test("the built-in lock names three models with licences and sources", () => {
  expect(MODEL_LOCK.map(({ id }) => id)).toEqual([
    "silero-vad/model",
    "moonshine-tiny/encoder",
    "moonshine-tiny/decoder",
  ]);
  for (const { licence, source } of MODEL_LOCK) expect([licence, source.kind]).toEqual(["MIT", "npm"]);
});

test("a missing model is fetched, verified, reported and kept without leftovers", async () => {
  serveBody();
  const store = storeOf();
  const progress: ModelProgress[] = [];
  const path = await store.ensure("test/model", { signal: NEVER, onProgress: (step) => progress.push(step) });
  expect(await readFile(path)).toEqual(BODY);
  expect(progress.at(-1)).toEqual({ model: "test/model", bytes: BODY.length, total: BODY.length });
  expect(await readdir(dirname(path))).toHaveLength(1);
  expect(await storeOf().verify(undefined, NEVER)).toEqual(new Map([["test/model", "ready"]]));
});

test("a download that breaks off goes on where it stopped", async () => {
  serveBody({ cutAt: 100_000 });
  await storeOf().ensure("test/model", { signal: NEVER });
  expect(asked).toHaveLength(2);
  expect(asked[1]?.headers["if-range"]).toBe('"one"');
  expect(Number(/\d+/.exec(asked[1]?.headers.range ?? "")?.[0])).toBeGreaterThan(0);
});

test("a file that changed on the server meanwhile is fetched from its start", async () => {
  let answers = 0;
  serveBody({ cutAt: 100_000, tag: () => (answers++ === 0 ? '"one"' : '"two"') });
  const path = await storeOf().ensure("test/model", { signal: NEVER });
  expect(await readFile(path)).toEqual(BODY);
});

test("an aborted download leaves one partial file, which the next store resumes", async () => {
  answer = (_request, response) => {
    response.writeHead(200, { etag: '"one"', "content-length": BODY.length });
    response.write(BODY.subarray(0, 120_000));
  };
  const stop = new AbortController();
  const reason = new Error("ctrl-c");
  const fetching = storeOf().ensure("test/model", {
    signal: stop.signal,
    onProgress: ({ bytes }) => {
      if (bytes >= 120_000) stop.abort(reason);
    },
  });
  await expect(fetching).rejects.toBe(reason);
  const left = await readdir(dirname(pathOf(storeOf())));
  expect(left.filter((name) => name.endsWith(".part"))).toHaveLength(1);
  serveBody();
  await storeOf().ensure("test/model", { signal: NEVER });
  expect(asked.at(-1)?.headers.range).toBe("bytes=120000-");
  expect(await readdir(dirname(pathOf(storeOf())))).toHaveLength(1);
});

test("a server that has nothing more to send is asked again from the start", async () => {
  await storeOf().verify(undefined, NEVER);
  serveBody({ cutAt: 50_000 });
  const whole = answer;
  let calls = 0;
  answer = (request, response) => {
    if (++calls === 2) {
      response.writeHead(416);
      return response.end();
    }
    return whole(request, response);
  };
  expect(await readFile(await storeOf().ensure("test/model", { signal: NEVER }))).toEqual(BODY);
});

test("a flipped byte is refused in one sentence, and pull replaces the file", async () => {
  serveBody();
  const path = await storeOf().ensure("test/model", { signal: NEVER });
  const bytes = await readFile(path);
  bytes[1234] = (bytes[1234] ?? 0) ^ 1;
  await writeFile(path, bytes);
  const store = storeOf();
  await expect(store.ensure("test/model", { signal: NEVER })).rejects.toMatchObject({
    fault: "model",
    message: expect.stringMatching(/test\/model is damaged.*bunraku models pull/) as string,
  });
  expect(await store.verify("test", NEVER)).toEqual(new Map([["test/model", "damaged"]]));
  await store.pull(undefined, { signal: NEVER });
  expect(await store.pathOf("test/model", NEVER)).toBe(path);
});

test("a server that sends another file is not believed, and nothing of it stays", async () => {
  answer = (_request, response) => response.writeHead(200).end(Buffer.alloc(BODY.length, 9));
  const store = storeOf();
  await expect(store.ensure("test/model", { signal: NEVER })).rejects.toMatchObject({ fault: "model" });
  expect(await readdir(dirname(pathOf(store)))).toEqual([]);
});

test("a server that sends too much is cut off", async () => {
  answer = (_request, response) => response.writeHead(200).end(Buffer.concat([BODY, BODY]));
  await expect(storeOf().ensure("test/model", { signal: NEVER })).rejects.toMatchObject({ fault: "model" });
});

test("a redirect to plain http elsewhere is refused", async () => {
  answer = (_request, response) =>
    response.writeHead(302, { location: "http://example.com/model.onnx" }).end();
  await expect(storeOf().ensure("test/model", { signal: NEVER })).rejects.toMatchObject({
    fault: "config",
    message: expect.stringContaining("https only") as string,
  });
});

test.each([
  [404, "model"],
  [403, "auth"],
])("status %i means fault %s, without another try", async (status, fault) => {
  answer = (_request, response) => response.writeHead(status).end();
  await expect(storeOf().ensure("test/model", { signal: NEVER })).rejects.toMatchObject({ fault });
  expect(asked).toHaveLength(1);
});

test("offline nothing is asked for, and the sentence says what to run", async () => {
  await expect(storeOf({ offline: true }).ensure("test/model", { signal: NEVER })).rejects.toMatchObject({
    fault: "model",
    message: expect.stringContaining("--offline") as string,
  });
  expect(asked).toEqual([]);
});

test("a missing model and an unknown one are told apart", async () => {
  await expect(storeOf().pathOf("test/model", NEVER)).rejects.toMatchObject({ fault: "model" });
  await expect(storeOf().pathOf("other/model", NEVER)).rejects.toMatchObject({ fault: "config" });
});

test("two callers share one download", async () => {
  serveBody();
  const store = storeOf();
  const [a, b] = await Promise.all([
    store.ensure("test/model", { signal: NEVER }),
    store.ensure("test/model", { signal: NEVER }),
  ]);
  expect(a).toBe(b);
  expect(asked).toHaveLength(1);
});

test("two processes may fetch at once: both end with the whole file", async () => {
  serveBody();
  const paths = await Promise.all(
    [storeOf(), storeOf(), storeOf()].map((store) => store.ensure("test/model", { signal: NEVER })),
  );
  expect(new Set(paths).size).toBe(1);
  expect(sha256(await readFile(paths[0] ?? ""))).toBe(sha256(BODY));
  expect(await readdir(dirname(paths[0] ?? ""))).toHaveLength(1);
});

test("what a killed process left behind is swept a day later", async () => {
  serveBody();
  const store = storeOf();
  const path = pathOf(store);
  await mkdir(dirname(path), { recursive: true });
  const [old, young] = [`${path}.${"a".repeat(36)}.new`, `${path}.part.${"b".repeat(36)}`];
  await writeFile(old, "left");
  await writeFile(young, "going on");
  const longAgo = Date.now() / 1_000 - 2 * 86_400;
  await utimes(old, longAgo, longAgo);
  await store.ensure("test/model", { signal: NEVER });
  expect((await readdir(dirname(path))).sort()).toEqual([basename(path), basename(young)]);
});

test("a file inside an npm package comes through the user's own npm and registry", async () => {
  const tarball = tarballOf([
    { name: "package/package.json", body: Buffer.from('{"name":"bunraku-test-model","version":"1.0.0"}') },
    { name: "package/dist/model.onnx", body: BODY },
  ]);
  answer = (request, response) => {
    if (request.url === "/model.tgz") return response.end(tarball);
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    const version = {
      name: "bunraku-test-model",
      version: "1.0.0",
      dist: { tarball: `${base}/model.tgz`, integrity },
    };
    return response.end(
      JSON.stringify({
        name: "bunraku-test-model",
        "dist-tags": { latest: "1.0.0" },
        versions: { "1.0.0": version },
      }),
    );
  };
  const env = { npm_config_registry: `${base}/`, npm_config_cache: join(folder, "npm-cache") };
  const lock = lockOf({ npm: "bunraku-test-model@1.0.0", file: "package/dist/model.onnx" });
  const path = await storeOf({ lock, env }).ensure("test/model", { signal: NEVER });
  expect((await stat(path)).size).toBe(BODY.length);
  expect((await readdir(folder)).filter((name) => name.startsWith("npm-") && name !== "npm-cache")).toEqual(
    [],
  );

  const other = lockOf({ npm: "bunraku-test-model@1.0.0", file: "package/none.onnx" });
  await expect(storeOf({ lock: other, env }).pull(undefined, { signal: NEVER })).rejects.toMatchObject({
    fault: "model",
  });
});

test("a registry that does not answer is unreachable, in one sentence", async () => {
  const lock = lockOf({ npm: "bunraku-test-model@1.0.0", file: "package/dist/model.onnx" });
  const env = {
    npm_config_registry: "http://127.0.0.1:9/",
    npm_config_fetch_retries: "0",
    npm_config_cache: join(folder, "npm-cache"),
  };
  await expect(storeOf({ lock, env }).ensure("test/model", { signal: NEVER })).rejects.toMatchObject({
    fault: "unreachable",
    message: expect.stringContaining("bunraku models pull") as string,
  });
});
