import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DaemonChild } from "../../cli/bench/daemon-child.ts";
import { findBrowser, launchBrowser } from "../support/browser.ts";

const choice = await findBrowser();

describe.skipIf(choice === undefined)("the Stage page of a daemon with a token", () => {
  let folder = "";
  let token = "";
  let daemon: DaemonChild;
  let browser: Browser;

  const startDaemon = (port = 0): Promise<DaemonChild> =>
    DaemonChild.start("default", {
      env: process.env,
      signal: AbortSignal.timeout(60_000),
      port,
      tokenFile: join(folder, "token.txt"),
    });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "bunraku-token-"));
    daemon = await startDaemon();
    token = (await readFile(join(folder, "token.txt"), "utf8")).trim();
    // Nothing is looked at, so nothing is drawn: other tests measure beside this one.
    if (choice !== undefined) browser = await launchBrowser(choice, { args: ["--disable-3d-apis"] });
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await daemon?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The page at an address, in a browser profile of its own. */
  const open = async (address: string): Promise<Page> => {
    const page = await (await browser.newContext({ locale: "en-US" })).newPage();
    await page.goto(`${daemon.url}${address}`);
    return page;
  };

  const linked = (page: Page): Promise<void> =>
    page.locator("[data-testid=sense-link][data-status=ready]").waitFor({ timeout: 30_000 });

  test("lets in whoever opens the address with the token, which leaves the address bar", async () => {
    const page = await open(`/?q=low#token=${token}`);
    await linked(page);
    expect(page.url()).toBe(`${daemon.url}/?q=low`);
    expect(await page.getByTestId("login").isVisible()).toBe(false);
    await page.reload();
    await linked(page);
    await page.context().close();
  }, 60_000);

  test("asks everybody else for it, says that a token is wrong, and opens to the right one", async () => {
    const page = await open("/#token=not-the-token-of-this-daemon");
    const box = page.getByLabel("Token", { exact: true });
    await page.getByText("That is not the daemon's token.").waitFor();
    expect(page.url()).not.toContain("token");
    await page.keyboard.press("Escape");
    expect(await page.getByTestId("login").isVisible()).toBe(true);
    await box.fill("another-wrong-token-altogether");
    await page.keyboard.press("Enter");
    await page.getByTestId("login-refused").waitFor();
    expect(await box.getAttribute("aria-invalid")).toBe("true");
    await box.fill(token);
    await page.keyboard.press("Enter");
    await linked(page);
    expect(await page.getByTestId("login").isVisible()).toBe(false);
    // Typing the token was a gesture: nothing keeps the greeting.
    await page.locator("[data-testid=state][data-state=speaking]").waitFor({ timeout: 30_000 });
    await page.context().close();
  }, 60_000);

  test("comes back by itself when the daemon has started again and knows no cookie", async () => {
    const page = await open(`/#token=${token}`);
    await linked(page);
    await daemon.close();
    await page.locator("[data-testid=state][data-state=closed]").waitFor();
    daemon = await startDaemon(Number(new URL(daemon.url).port));
    await linked(page);
    await page.context().close();
  }, 90_000);

  test("/puppet takes the token from its address as well, and says so where there is none", async () => {
    const page = await open("/puppet");
    await page.getByText("add #token=").waitFor();
    await page.goto(`${daemon.url}/puppet#token=${token}`);
    await page.waitForFunction(() => window.bunraku?.clockBound !== undefined, undefined, {
      timeout: 30_000,
    });
    await page.context().close();
  }, 60_000);
});
