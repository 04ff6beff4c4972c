import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLog } from "../../bridge/core/log.ts";
import { SystemClock } from "../../bridge/core/time.ts";
import type { PageHook } from "../../bridge/stage/page-hook.ts";
import type { TraceEntry } from "../../bridge/stage/face/trace.ts";
import { DaemonChild } from "../../cli/bench/daemon-child.ts";
import { espeak } from "../../inference/dialogue/tts/espeak.ts";
import { wavBody } from "../../bridge/core/wav-body.ts";
import { findBrowser, launchBrowser, NO_BROWSER } from "../support/browser.ts";

const choice = await findBrowser();
if (choice === undefined) console.log(`the page's tests are skipped: ${NO_BROWSER}`);
/** Set to a folder to keep the screenshots. */
const shots = process.env["BUNRAKU_SHOTS"];

/** A wav that asks a question at the start and says another thing while the answer still sounds, padded: Chromium loops it. */
const microphoneWav = async (path: string): Promise<void> => {
  const modelFile = (): Promise<string> => Promise.reject(new Error("no model"));
  const tts = await espeak.create(espeak.options.parse({}), {
    clock: new SystemClock(),
    log: silentLog,
    env: {},
    modelFile,
  });
  const rate = 22_050;
  const sound = new Float32Array(rate * 60);
  const put = async (text: string, atSeconds: number): Promise<void> => {
    let at = Math.round(atSeconds * rate);
    for await (const piece of tts.speak(text, { lang: "en", signal: AbortSignal.timeout(30_000) })) {
      sound.set(piece.pcm, at);
      at += piece.pcm.length;
    }
  };
  await put("What can you do?", 3);
  await put("Stop, thank you, that is enough.", 8);
  await tts.close();
  await writeFile(path, wavBody(sound, rate));
};

/** A process of its own: what this one does besides must not delay the frames. */
const startDaemon = (port = 0): Promise<DaemonChild> =>
  DaemonChild.start("default", { env: process.env, signal: AbortSignal.timeout(60_000), port });

describe.skipIf(choice === undefined)("the Stage page in a real browser", () => {
  let folder = "";
  let daemon: DaemonChild;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "bunraku-page-"));
    const microphone = join(folder, "microphone.wav");
    await microphoneWav(microphone);
    daemon = await startDaemon();
    if (choice === undefined) return;
    browser = await launchBrowser(choice, { microphone });
    const context = await browser.newContext({
      viewport: { width: 1_280, height: 800 },
      locale: "en-US",
      permissions: ["microphone"],
    });
    page = await context.newPage();
    page.on("console", (line) => {
      if (line.type() === "error") complaints.push(line.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(daemon.url);
    await page.waitForFunction(() => window.bunraku?.quality !== undefined, undefined, { timeout: 60_000 });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await daemon?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const shot = async (name: string): Promise<void> => {
    if (shots === undefined) return;
    await mkdir(shots, { recursive: true });
    await page.screenshot({ path: join(shots, `${name}.png`) });
  };

  const ring = async (): Promise<PageHook["ring"]> => page.evaluate(() => [...(window.bunraku?.ring ?? [])]);

  /** Waits until the transcript of the page holds `text`. */
  const transcriptShows = async (text: string | RegExp, timeout = 30_000): Promise<void> => {
    await page.getByTestId("transcript").getByText(text).first().waitFor({ timeout });
  };

  const stateIs = async (state: string, timeout = 30_000): Promise<void> => {
    await page.locator(`[data-testid=state][data-state=${state}]`).waitFor({ timeout });
  };

  test("software rendering is noticed, and the greeting waits for the first click", async () => {
    expect(await page.evaluate(() => window.bunraku?.quality)).toBe("low");
    expect(await page.evaluate(() => window.bunraku?.audible)).toBe(false);
    await shot("1280-before");
    await page.getByTestId("begin").click();
    await stateIs("speaking");
    await shot("1280-greeting");
    await stateIs("idle", 40_000);
    await transcriptShows(/I am/);
  }, 100_000);

  test("typed words are answered aloud, the face is on the sound, and lips close on p, b and m", async () => {
    // The ears' model is still being loaded, which may take both processors of a small machine.
    await daemon.settled(AbortSignal.timeout(60_000));
    await page.getByTestId("mode-say").click();
    await page.getByTestId("text").fill("My mama may buy Bob a big map. Are father's palms calm?");
    await page.getByTestId("send").click();
    await stateIs("speaking");
    await shot("1280-speaking");
    await stateIs("idle", 40_000);
    const all = await ring();
    const from = all.findLastIndex((entry, i) => entry.playing && all[i - 1]?.playing === false);
    const spoken = all.slice(from).filter((entry) => entry.playing);
    expect(spoken.length).toBeGreaterThan(60);
    const apart = spoken.map((entry) => Math.abs(entry.heardPts - entry.presentedPts)).sort((a, b) => a - b);
    expect(apart[Math.floor(apart.length * 0.95)] ?? Infinity).toBeLessThanOrEqual(10_000);
    expect(closures(spoken)).toBeGreaterThanOrEqual(6);
    expect(Math.max(...spoken.map((entry) => entry.gap))).toBeGreaterThan(0.6);
    expect(Math.max(...spoken.map((entry) => entry.rms))).toBeGreaterThan(0.03);
  }, 100_000);

  test("the microphone is heard: a question is written down and answered, and a voice stops the answer", async () => {
    await daemon.settled(AbortSignal.timeout(60_000));
    await page.reload();
    await page.waitForFunction(() => window.bunraku?.quality !== undefined, undefined, { timeout: 60_000 });
    await page.getByTestId("begin").click();
    await page.getByTestId("microphone").click();
    await page.locator("li.user[data-final=true]").first().waitFor({ timeout: 60_000 });
    expect(await page.locator("li.user").first().textContent()).toMatch(/what can you do/i);
    await page.locator("li.puppet .cut").first().waitFor({ timeout: 30_000 });
    await shot("1280-interrupted");
  }, 120_000);

  test("Interrupt silences the puppet at once", async () => {
    await page.getByTestId("microphone").click();
    await page
      .getByTestId("text")
      .fill("One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve.");
    await page.getByTestId("mode-say").click();
    await page.getByTestId("send").click();
    await page.waitForFunction(() => (window.bunraku?.ring.at(-1)?.rms ?? 0) > 0.02, undefined, {
      timeout: 30_000,
    });
    await page.keyboard.press("Escape");
    await page.waitForFunction(
      () => (window.bunraku?.ring ?? []).slice(-10).every((entry) => !entry.playing && entry.rms < 0.001),
      undefined,
      { timeout: 5_000 },
    );
    await stateIs("idle");
  }, 60_000);

  test("a lost connection comes back without a reload", async () => {
    const port = Number(new URL(daemon.url).port);
    await page.evaluate(() => Object.assign(window, { marked: true }));
    await daemon.close();
    await stateIs("closed");
    await shot("1280-lost");
    daemon = await startDaemon(port);
    await stateIs("idle", 60_000);
    expect(await page.evaluate(() => "marked" in window)).toBe(true);
    await page.getByTestId("text").fill("Back again.");
    await page.getByTestId("send").click();
    await stateIs("speaking");
  }, 120_000);

  test("the console speaks Chinese, fits a phone, and complains about nothing", async () => {
    await page.getByTestId("lang").click();
    await page.getByTestId("send").getByText("发送").waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    await shot("360-zh");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    const box = await page.getByTestId("composer").boundingBox();
    const transcript = await page.getByTestId("transcript").boundingBox();
    expect((box?.y ?? Infinity) + (box?.height ?? 0)).toBeLessThanOrEqual(740);
    expect((transcript?.y ?? Infinity) + (transcript?.height ?? 0)).toBeLessThanOrEqual(box?.y ?? 0);
    expect(transcript?.height).toBeGreaterThan(80);
    // A socket that the daemon closes is reported by Chromium itself.
    expect(complaints.filter((line) => !/WebSocket|ERR_CONNECTION_REFUSED/.test(line))).toEqual([]);
  }, 60_000);

  test("/puppet is chromeless, and transparent with alpha", async () => {
    await page.goto(`${daemon.url}/puppet?alpha=1`);
    await page.waitForFunction(() => window.bunraku?.quality !== undefined, undefined, { timeout: 60_000 });
    const picture = await page.screenshot({ omitBackground: true });
    const alpha = await page.evaluate(async (base64) => {
      const image = new Image();
      image.src = `data:image/png;base64,${base64}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const pen = canvas.getContext("2d");
      pen?.drawImage(image, 0, 0);
      const at = (x: number, y: number): number => pen?.getImageData(x, y, 1, 1).data[3] ?? -1;
      return { corner: at(2, 2), face: at(image.width / 2, image.height / 2) };
    }, picture.toString("base64"));
    expect(alpha).toEqual({ corner: 0, face: 255 });
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
      "rgba(0, 0, 0, 0)",
    );
    expect(await page.getByTestId("composer").count()).toBe(0);
    await shot("puppet-alpha");
  }, 90_000);
});

/** Times the lips met (gap at most 1 mm) and opened again. */
const closures = (entries: readonly TraceEntry[]): number => {
  let count = 0;
  let open = false;
  for (const { gap } of entries) {
    if (gap > 0.25) open = true;
    else if (gap <= 0.1 && open) {
      open = false;
      count++;
    }
  }
  return count;
};
