import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { silentLog } from "../../../bridge/core/log.ts";
import { Metrics } from "../../../bridge/core/metrics.ts";
import { SystemClock } from "../../../bridge/core/time.ts";
import { createListener, type Listener } from "../../../bridge/server/listener.ts";
import { createToken } from "../../../bridge/server/token.ts";
import { findBrowser, launchBrowser, NO_BROWSER } from "../../support/browser.ts";

const assets = fileURLToPath(new URL("../../../.build/stage", import.meta.url));
const choice = await findBrowser();
const why = existsSync(assets) ? (choice?.name ?? NO_BROWSER) : "absent until `npm run build`";

describe.skipIf(choice === undefined || !existsSync(assets))(`the page and a daemon's token (${why})`, () => {
  const token = createToken();
  let browser: Browser;
  let listener: Listener;
  let links = 0;

  beforeAll(async () => {
    if (choice !== undefined) browser = await launchBrowser(choice);
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    links = 0;
    listener = await createListener({
      host: "127.0.0.1",
      port: 0,
      listen: false,
      token,
      allowedHosts: [],
      assets,
      clock: new SystemClock(),
      log: silentLog,
      metrics: new Metrics(),
      status: () => ({}),
      routes: {},
      onLink: () => (links += 1),
    });
    return () => listener.close();
  });

  const open = async (path: string) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(listener.url + path);
    return page;
  };
  const patience = { timeout: 10_000, interval: 50 };

  test.each(["/", "/puppet?alpha=1"])("%s with it in the fragment is let in, and hides it", async (path) => {
    const page = await open(`${path}#token=${token}`);
    await vi.waitUntil(() => links > 0, patience);
    expect(page.url()).toBe(listener.url + path);
    await page.context().close();
  });

  test("is let in again without it, by its cookie, which scripts cannot read", async () => {
    const page = await open(`/#token=${token}`);
    await vi.waitUntil(() => links > 0, patience);
    links = 0;
    await page.reload();
    await vi.waitUntil(() => links > 0, patience);
    expect(await page.evaluate("document.cookie")).toBe("");
    await page.context().close();
  });

  test.each([
    ["no token", "/"],
    ["a wrong one", `/#token=${createToken()}`],
  ])("with %s it is asked for it, and not let in", async (_, path) => {
    const page = await open(path);
    await page.getByTestId("login").waitFor();
    expect(links).toBe(0);
    await page.context().close();
  });
});
