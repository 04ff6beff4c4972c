import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { silentLog } from "../../../bridge/core/log.ts";
import { Metrics } from "../../../bridge/core/metrics.ts";
import { SystemClock } from "../../../bridge/core/time.ts";
import { createListener, type Listener } from "../../../bridge/server/listener.ts";
import { findBrowser, launchBrowser, NO_BROWSER } from "../../support/browser.ts";

const browser = await findBrowser();

/** What a script of ours can and cannot do, tried in a real browser. */
const SCRIPT = `
const opens = (url) => new Promise((resolve) => {
  try {
    const socket = new WebSocket(url);
    socket.onopen = () => { socket.close(); resolve(true); };
    socket.onerror = () => resolve(false);
  } catch { resolve(false); }
});
const tried = async (work) => { try { await work(); return true; } catch { return false; } };
const stranger = document.documentElement.dataset.stranger;
window.findings = (async () => ({
  ownLink: await opens(location.origin.replace("http", "ws") + "/link"),
  strangersLink: await opens("ws://127.0.0.1:" + stranger + "/"),
  strangersRoute: await tried(() => fetch("http://127.0.0.1:" + stranger + "/", { mode: "no-cors" })),
  wasm: await tried(() => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))),
  eval: await tried(() => eval("1")),
  inline: window.inlineRan === true,
  isolated: crossOriginIsolated,
}))();
`;

describe.skipIf(browser === undefined)(
  `the page's policy in a browser (${browser?.name ?? NO_BROWSER})`,
  () => {
    let folder = "";
    let listener: Listener;
    let running: Browser;
    const stranger = createServer((_request, response) => response.end("hello"));

    beforeAll(async () => {
      if (browser === undefined) return;
      const links = new WebSocketServer({ server: stranger });
      links.on("connection", (socket) => socket.close());
      await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
      folder = await mkdtemp(join(tmpdir(), "policy-"));
      const { port } = stranger.address() as AddressInfo;
      await writeFile(
        join(folder, "index.html"),
        `<!doctype html><html data-stranger="${port}"><script>window.inlineRan = true;</script><script src="/try.js"></script></html>`,
      );
      await writeFile(join(folder, "try.js"), SCRIPT);
      listener = await createListener({
        host: "127.0.0.1",
        port: 0,
        listen: false,
        token: undefined,
        allowedHosts: [],
        assets: folder,
        clock: new SystemClock(),
        log: silentLog,
        metrics: new Metrics(),
        status: () => ({}),
        routes: {},
        onLink: () => undefined,
      });
      running = await launchBrowser(browser);
    });

    afterAll(async () => {
      await running?.close();
      await listener?.close();
      stranger.closeAllConnections();
      stranger.close();
      if (folder !== "") await rm(folder, { recursive: true, force: true });
    });

    test("lets it talk to its own daemon and run WebAssembly, and nothing else", async () => {
      const page = await running.newPage();
      await page.goto(listener.url);
      expect(await page.evaluate("window.findings")).toEqual({
        ownLink: true,
        strangersLink: false,
        strangersRoute: false,
        wasm: true,
        eval: false,
        inline: false,
        isolated: true,
      });
    });

    test("keeps it out of other pages' frames", async () => {
      const page = await running.newPage();
      const { port } = stranger.address() as AddressInfo;
      await page.goto(`http://127.0.0.1:${port}/`);
      const refused = page.waitForEvent("console", {
        predicate: (message) => message.text().includes("frame-ancestors"),
        timeout: 10_000,
      });
      await page.evaluate((url) => {
        const frame = document.createElement("iframe");
        frame.src = url;
        document.body.append(frame);
      }, listener.url);
      expect((await refused).text()).toContain("frame");
    });

    test("lets no other page open a link or give a command", async () => {
      const page = await running.newPage();
      const { port } = stranger.address() as AddressInfo;
      await page.goto(`http://127.0.0.1:${port}/`);
      const outcome = await page.evaluate(async (url) => {
        const link = await new Promise((resolve) => {
          const socket = new WebSocket(`${url.replace("http", "ws")}/link`);
          socket.addEventListener("open", () => resolve("open"));
          socket.addEventListener("error", () => resolve("refused"));
        });
        const command = await fetch(`${url}/v1/say`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: '{"text":"no"}',
        }).then(
          () => "answered",
          () => "refused",
        );
        return { link, command };
      }, listener.url);
      expect(outcome).toEqual({ link: "refused", command: "refused" });
    });
  },
);
