import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { BunrakuError } from "../../../bridge/core/errors.ts";
import type { LinkSocket } from "../../../bridge/core/link-socket.ts";
import { silentLog } from "../../../bridge/core/log.ts";
import { Metrics } from "../../../bridge/core/metrics.ts";
import { fromSeconds, VirtualClock } from "../../../bridge/core/time.ts";
import { createListener, type Listener, type ListenerOptions } from "../../../bridge/server/listener.ts";
import { puppetRoutes } from "../../../bridge/server/routes.ts";
import { CONTENT_SECURITY_POLICY } from "../../../bridge/server/security-headers.ts";
import { createToken } from "../../../bridge/server/token.ts";
import { decode } from "../../../bridge/wire/decode.ts";
import { encode } from "../../../bridge/wire/encode.ts";

const HELLO = encode({ type: "hello", body: { role: "page", name: "test", minor: 0, audible: false } }, 0);
const JSON_TYPE = { "Content-Type": "application/json" };

let folder = "";
let clock = new VirtualClock();
let links: LinkSocket[] = [];
let done: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "listener-"));
  clock = new VirtualClock();
  links = [];
  done = [];
});

afterEach(async () => {
  for (const undo of done.toReversed()) await undo();
  await rm(folder, { recursive: true, force: true });
});

const calls: string[] = [];
const routes = puppetRoutes({
  say: async (puppet, text) => ({ said: calls.push(`say ${puppet} ${text}`) }),
  ask: async () => Promise.reject(new BunrakuError("unreachable", "The model at 127.0.0.1 does not answer")),
  interrupt: async () => Promise.reject(new TypeError("secret inside")),
});

const open = async (options: Partial<ListenerOptions> = {}): Promise<Listener> => {
  calls.length = 0;
  const listener = await createListener({
    host: "127.0.0.1",
    port: 0,
    listen: false,
    token: undefined,
    allowedHosts: [],
    assets: folder,
    clock,
    log: silentLog,
    metrics: new Metrics(),
    status: () => ({ puppets: 1 }),
    routes,
    onLink: (socket) => links.push(socket),
    ...options,
  });
  // Closing waits on the clock for peers that do not say goodbye.
  done.push(() => Promise.all([listener.close(), clock.advance(fromSeconds(1))]));
  return listener;
};

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const fetchRaw = (
  listener: Listener,
  path: string,
  options: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
): Promise<Got> =>
  new Promise((resolve, reject) => {
    const asked = request(
      {
        host: "127.0.0.1",
        port: listener.port,
        path,
        method: options.method ?? "GET",
        headers: options.headers ?? {},
        agent: false,
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (part: string) => (body += part));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    asked.on("error", reject);
    asked.end(options.body);
  });

const post = (
  listener: Listener,
  path: string,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): Promise<Got> =>
  fetchRaw(listener, path, {
    method: "POST",
    headers: { ...JSON_TYPE, ...headers },
    body: JSON.stringify(body),
  });

/** What became of an upgrade: the open socket, or the status of the refusal. */
const upgrade = (
  listener: Listener,
  options: { path?: string; headers?: Record<string, string>; origin?: string } = {},
): Promise<WebSocket | number> =>
  new Promise((resolve, reject) => {
    const { path = "/link", headers = {}, origin } = options;
    const socket = new WebSocket(`ws://127.0.0.1:${listener.port}${path}`, {
      headers,
      ...(origin === undefined ? {} : { origin }),
    });
    done.push(async () => socket.terminate());
    socket.on("open", () => resolve(socket));
    socket.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.on("error", reject);
  });

const link = async (listener: Listener): Promise<WebSocket> => {
  const socket = await upgrade(listener);
  if (typeof socket === "number") throw new Error(`refused with ${socket}`);
  return socket;
};

const closing = (socket: WebSocket): Promise<{ code: number; reason: string }> =>
  new Promise((resolve) =>
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() })),
  );

describe("a request that comes from the wrong place", () => {
  test("a rebound host name is refused before any work", async () => {
    const listener = await open();
    for (const host of [
      "evil.example",
      `evil.example:${listener.port}`,
      "localhost",
      `localhost:${listener.port + 1}`,
    ])
      expect((await fetchRaw(listener, "/status", { headers: { host } })).status).toBe(403);
    expect(
      (await fetchRaw(listener, "/status", { headers: { host: `localhost:${listener.port}` } })).status,
    ).toBe(200);
  });

  test("pages of other sites, and of no site, are refused", async () => {
    const listener = await open();
    for (const origin of [
      "http://evil.example",
      "null",
      `http://evil.example:${listener.port}`,
      "http://localhost:1",
    ]) {
      expect((await post(listener, "/v1/say", { text: "no" }, { origin })).status).toBe(403);
      expect(await upgrade(listener, { origin })).toBe(403);
    }
    expect(calls).toEqual([]);
    expect(links).toEqual([]);
  });

  test("our own page and native clients are served", async () => {
    const listener = await open();
    expect(await upgrade(listener, { origin: listener.url })).toBeInstanceOf(WebSocket);
    expect(await upgrade(listener, { origin: `http://localhost:${listener.port}` })).toBeInstanceOf(
      WebSocket,
    );
    expect(await upgrade(listener)).toBeInstanceOf(WebSocket);
  });

  test("a rebound host cannot open a link", async () => {
    const listener = await open();
    const host = `evil.example:${listener.port}`;
    expect(await upgrade(listener, { origin: `http://${host}`, headers: { host } })).toBe(403);
  });

  test("a form and a plain-text post are refused", async () => {
    const listener = await open();
    for (const type of ["application/x-www-form-urlencoded", "text/plain"]) {
      const got = await fetchRaw(listener, "/v1/say", {
        method: "POST",
        headers: { "Content-Type": type },
        body: '{"text":"no"}',
      });
      expect(got.status).toBe(415);
    }
    expect(calls).toEqual([]);
  });

  test("a preflight finds no permission", async () => {
    const listener = await open();
    const headers = { origin: "http://evil.example", "access-control-request-method": "POST" };
    const got = await fetchRaw(listener, "/v1/say", { method: "OPTIONS", headers });
    expect(got.status).toBe(403);
    expect(Object.keys(got.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("a route", () => {
  test("takes the words to say", async () => {
    const listener = await open();
    expect(await post(listener, "/v1/say", { puppet: "chanter", text: "你好" })).toMatchObject({
      status: 200,
      body: '{"said":1}\n',
    });
    expect(calls).toEqual(["say chanter 你好"]);
  });

  test.each([
    {},
    { text: "" },
    { text: 3 },
    [],
    "text",
    { text: "x", puppet: "../etc" },
    { text: "x".repeat(2_001) },
  ])("answers 400 to %j", async (body) => {
    const got = await post(await open(), "/v1/say", body);
    expect(got.status).toBe(400);
    expect(JSON.parse(got.body)).toMatchObject({ error: { fault: "input" } });
    expect(calls).toEqual([]);
  });

  test("answers 400 to a body that is too large or not JSON, and goes on", async () => {
    const listener = await open();
    expect((await post(listener, "/v1/say", { text: "x".repeat(70_000) })).status).toBe(400);
    const broken = await fetchRaw(listener, "/v1/say", { method: "POST", headers: JSON_TYPE, body: "{" });
    expect(broken.status).toBe(400);
    expect((await fetchRaw(listener, "/healthz")).status).toBe(200);
  });

  test("says which fault a failure has, and keeps a bug's own words to the log", async () => {
    const lines: string[] = [];
    const log = {
      ...silentLog,
      error: (event: string, fields?: object) => void lines.push(`${event} ${JSON.stringify(fields)}`),
    };
    const listener = await open({ log });
    const down = await post(listener, "/v1/ask", { text: "hm?" });
    expect(down).toMatchObject({ status: 503 });
    expect(JSON.parse(down.body)).toEqual({
      error: { fault: "unreachable", message: "The model at 127.0.0.1 does not answer" },
    });
    const bug = await post(listener, "/v1/interrupt", {});
    expect(bug.status).toBe(500);
    expect(bug.body).not.toContain("secret inside");
    expect(lines.join()).toContain("secret inside");
  });

  test("never changes anything on GET", async () => {
    const got = await fetchRaw(await open(), "/v1/say");
    expect(got.status).toBe(405);
    expect(got.headers.allow).toBe("POST");
  });

  test("shows status, metrics and health", async () => {
    const listener = await open();
    expect((await fetchRaw(listener, "/status")).body).toBe('{"puppets":1}\n');
    const metrics = await fetchRaw(listener, "/metrics");
    expect(metrics.headers["content-type"]).toContain("version=0.0.4");
    expect(metrics.body).toContain('bunraku_http_requests_total{status="200"} 1');
    expect((await fetchRaw(listener, "/healthz")).body).toBe('{"ok":true}\n');
  });
});

describe("with a token", () => {
  const token = createToken();

  test("status, metrics, commands and links ask for it; health and the page do not", async () => {
    await writeFile(join(folder, "index.html"), "<!doctype html>");
    const listener = await open({ token });
    for (const path of ["/status", "/metrics"]) expect((await fetchRaw(listener, path)).status).toBe(401);
    expect((await post(listener, "/v1/say", { text: "no" })).status).toBe(401);
    expect(await upgrade(listener)).toBe(401);
    expect((await fetchRaw(listener, "/healthz")).status).toBe(200);
    expect((await fetchRaw(listener, "/")).status).toBe(200);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetchRaw(listener, "/status", { headers })).status).toBe(200);
    expect(await upgrade(listener, { headers })).toBeInstanceOf(WebSocket);
  });

  test("a query is no place for it", async () => {
    const listener = await open({ token });
    expect((await fetchRaw(listener, `/status?token=${token}`)).status).toBe(401);
    expect(await upgrade(listener, { path: `/link?token=${token}` })).toBe(401);
  });

  test("a page logs in once and then carries its cookie", async () => {
    const listener = await open({ token });
    expect((await post(listener, "/v1/login", { token: "wrong" })).status).toBe(401);
    const [line = ""] = (await post(listener, "/v1/login", { token })).headers["set-cookie"] ?? [];
    const cookie = line.slice(0, line.indexOf(";"));
    expect((await fetchRaw(listener, "/status", { headers: { cookie } })).status).toBe(200);
    expect(await upgrade(listener, { headers: { cookie }, origin: listener.url })).toBeInstanceOf(WebSocket);
  });

  test("another site cannot log in for its visitor", async () => {
    const listener = await open({ token });
    expect((await post(listener, "/v1/login", { token }, { origin: "http://evil.example" })).status).toBe(
      403,
    );
  });
});

describe("the page", () => {
  beforeEach(async () => {
    await mkdir(join(folder, "page", "assets"), { recursive: true });
    await writeFile(join(folder, "page", "index.html"), "<p>stage</p>");
    await writeFile(join(folder, "page", "puppet.html"), "<p>puppet</p>");
    await writeFile(join(folder, "page", "assets", "a-1a2b.js"), "export {};");
    await writeFile(join(folder, "page", "model.wasm"), "wasm");
    await writeFile(join(folder, "page", ".env"), "SECRET");
    await writeFile(join(folder, "secret.txt"), "SECRET");
    // Windows lets only administrators and developers make one; then there is none to refuse.
    await symlink(join(folder, "secret.txt"), join(folder, "page", "link.txt")).catch((error: unknown) => {
      if (process.platform !== "win32") throw error;
    });
  });

  test("is served with its policy and its types", async () => {
    const listener = await open({ assets: join(folder, "page") });
    const page = await fetchRaw(listener, "/");
    expect(page).toMatchObject({ status: 200, body: "<p>stage</p>" });
    expect(page.headers).toMatchObject({
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
    });
    expect((await fetchRaw(listener, "/puppet?subtitles=1")).body).toBe("<p>puppet</p>");
    const script = await fetchRaw(listener, "/assets/a-1a2b.js");
    expect(script.headers["content-type"]).toContain("text/javascript");
    expect(script.headers["cache-control"]).toContain("immutable");
    expect((await fetchRaw(listener, "/model.wasm")).headers["content-type"]).toBe("application/wasm");
  });

  test("is not sent again to whoever has it", async () => {
    const listener = await open({ assets: join(folder, "page") });
    const etag = (await fetchRaw(listener, "/")).headers.etag ?? "";
    expect(await fetchRaw(listener, "/", { headers: { "if-none-match": etag } })).toMatchObject({
      status: 304,
      body: "",
    });
    expect(await fetchRaw(listener, "/", { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  });

  test.each([
    "/../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/assets/../../secret.txt",
    "/..\\secret.txt",
    "//etc/passwd",
    "/link.txt",
    "/.env",
    "/%00",
    "/assets",
    "/assets/",
    "/index.html/",
    "/CON",
    "/constructor",
    "/__proto__",
    "http://evil.example/secret.txt",
  ])("%s leads nowhere", async (path) => {
    const got = await fetchRaw(await open({ assets: join(folder, "page") }), path);
    expect([400, 404]).toContain(got.status);
    expect(got.body).not.toContain("SECRET");
  });

  test("that was not built says how to build it", async () => {
    expect((await fetchRaw(await open({ assets: join(folder, "absent") }), "/")).body).toContain(
      "npm run build",
    );
  });
});

describe("a link", () => {
  test("carries whole messages both ways", async () => {
    const listener = await open();
    const socket = await link(listener);
    socket.send(HELLO);
    const [ours] = links;
    for await (const bytes of ours?.messages ?? []) {
      expect(decode(bytes).message?.type).toBe("hello");
      break;
    }
    const answer = new Promise<Buffer>((resolve) => socket.on("message", (bytes: Buffer) => resolve(bytes)));
    expect(ours?.send(new Uint8Array([1, 2, 3]))).toBe(true);
    expect([...(await answer)]).toEqual([1, 2, 3]);
  });

  test("that says no hello is closed after three seconds, one that did stays", async () => {
    const listener = await open();
    const [silent, polite] = [await link(listener), await link(listener)];
    polite.send(HELLO);
    for await (const _ of links[1]?.messages ?? []) break;
    const gone = closing(silent);
    await clock.advance(fromSeconds(3));
    expect(await gone).toEqual({ code: 1008, reason: "no hello within 3 seconds" });
    expect(polite.readyState).toBe(WebSocket.OPEN);
  });

  test("that sends garbage is closed like one that says nothing", async () => {
    const listener = await open();
    const socket = await link(listener);
    socket.send(new Uint8Array([0xde, 0xad]));
    for await (const bytes of links[0]?.messages ?? []) {
      expect([...bytes]).toEqual([0xde, 0xad]);
      break;
    }
    const gone = closing(socket);
    await clock.advance(fromSeconds(3));
    expect((await gone).code).toBe(1008);
  });

  test("that sends too large a message, or text, is closed", async () => {
    const listener = await open();
    const [large, text] = [await link(listener), await link(listener)];
    const gone = [closing(large), closing(text)];
    large.send(new Uint8Array(70_000));
    text.send("hello");
    expect((await Promise.all(gone)).map(({ code }) => code)).toEqual([1009, 1003]);
  });

  test("that breaks the framing is closed, and the daemon goes on", async () => {
    const listener = await open();
    const raw = connect(listener.port, "127.0.0.1");
    const key = Buffer.from("0123456789abcdef").toString("base64");
    const ended = new Promise((resolve) => raw.on("close", resolve));
    raw.write(
      `GET /link HTTP/1.1\r\nHost: 127.0.0.1:${listener.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    raw.once("data", () => raw.write(Buffer.from([0xff, 0x01, 0x00])));
    raw.resume();
    await ended;
    expect((await fetchRaw(listener, "/healthz")).status).toBe(200);
  });

  test("to a peer that does not read refuses messages instead of piling them up", async () => {
    const listener = await open();
    const socket = await link(listener);
    socket.pause();
    const [ours] = links;
    const piece = new Uint8Array(32_768);
    let sent = 0;
    while (sent < 4_096 && ours?.send(piece) === true) sent++;
    // What the kernel's own buffers took comes on top of our megabyte.
    expect(sent).toBeLessThan(4_096);
    expect(ours?.send(piece)).toBe(false);
  });

  test("whose reader stops makes the peer wait, loses nothing, and goes on when reading does", async () => {
    const listener = await open();
    const socket = await link(listener);
    socket.send(HELLO);
    const count = 1_500;
    for (let n = 0; n < count; n++) {
      const bytes = new Uint8Array(1_024);
      new DataView(bytes.buffer).setUint32(0, n);
      socket.send(bytes);
    }
    const got: number[] = [];
    for await (const bytes of links[0]?.messages ?? []) {
      if (bytes.length === 1_024) got.push(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
      if (got.length === count) break;
    }
    expect(got).toEqual(Array.from({ length: count }, (_, n) => n));
  });

  test("elsewhere than /link is not found", async () => {
    expect(await upgrade(await open(), { path: "/other" })).toBe(404);
  });
});

describe("the port", () => {
  test("in use is named in a sentence", async () => {
    const { port } = await open();
    await expect(open({ port })).rejects.toMatchObject({
      fault: "config",
      message: `Port ${port} is in use by another program; choose another with --port`,
    });
  });

  test("is not opened to other machines without --listen and a token", async () => {
    await expect(open({ host: "0.0.0.0" })).rejects.toMatchObject({ fault: "config" });
    await expect(open({ host: "0.0.0.0", listen: true })).rejects.toMatchObject({ fault: "config" });
  });

  test("is free again within a second, whatever its peers do", async () => {
    const listener = await open();
    const socket = await link(listener);
    socket.pause();
    const idle = connect(listener.port, "127.0.0.1");
    await new Promise((resolve) => idle.on("connect", resolve));
    const closed = listener.close();
    await clock.advance(fromSeconds(1));
    await closed;
    await expect(open({ port: listener.port })).resolves.toMatchObject({ port: listener.port });
    idle.destroy();
  });

  test("refuses the 65th connection of one address", async () => {
    const listener = await open();
    const sockets = Array.from({ length: 65 }, () => connect(listener.port, "127.0.0.1"));
    const refused = await new Promise((resolve) => {
      for (const socket of sockets)
        socket
          .on("close", () => resolve(socket))
          .on("error", () => undefined)
          .resume();
    });
    expect(sockets).toContain(refused);
    for (const socket of sockets) socket.destroy();
  });
});
