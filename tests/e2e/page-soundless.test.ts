import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DaemonChild } from "../../cli/bench/daemon-child.ts";
import { findBrowser, launchBrowser } from "../support/browser.ts";

const choice = await findBrowser();

describe.skipIf(choice === undefined)("the Stage page on a machine that plays no sound", () => {
  let daemon: DaemonChild;
  let browser: Browser;

  beforeAll(async () => {
    daemon = await DaemonChild.start("default", { env: process.env, signal: AbortSignal.timeout(60_000) });
    // Nothing is looked at, so nothing is drawn: other tests measure beside this one.
    if (choice !== undefined) browser = await launchBrowser(choice, { args: ["--disable-3d-apis"] });
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await daemon?.close();
  });

  test("performs the greeting silently after the click, and says why", async () => {
    const page = await (await browser.newContext({ locale: "en-US" })).newPage();
    // What a browser does without an output device: the context neither starts nor refuses.
    await page.addInitScript(() => {
      AudioContext.prototype.resume = () => new Promise(() => undefined);
    });
    await page.goto(daemon.url);
    await page.getByTestId("begin").click();
    await page.getByTestId("notices").getByText("plays no sound").waitFor({ timeout: 10_000 });
    await page.locator("[data-testid=state][data-state=speaking]").waitFor({ timeout: 30_000 });
    expect(await page.getByTestId("begin").isVisible()).toBe(false);
    await page.getByTestId("transcript").getByText(/I am/).waitFor({ timeout: 30_000 });
    const gaps = await page.evaluate(() => (window.bunraku?.ring ?? []).map(({ gap }) => gap));
    expect(Math.max(...gaps)).toBeGreaterThan(0.5);
  }, 90_000);
});
