// Takes page.png: the Stage page in the middle of a sentence. `node bridge/stage/picture.mjs`, after a build.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const QUESTION = "What is bunraku?";

/** Runs in the page: holds it still, drawing, plot, subtitle and news alike, at the first good moment. */
const holdWhenSpeaking = () => {
  let held = false;
  let drawn = 0;
  const { fenceSync } = WebGL2RenderingContext.prototype;
  // The page fences each frame that it draws; on most ticks of a slow renderer it draws none.
  WebGL2RenderingContext.prototype.fenceSync = function (...args) {
    drawn++;
    return fenceSync.apply(this, args);
  };
  const length = (id) => document.querySelector(id)?.textContent.length ?? 0;
  const good = () => {
    const { ring, weight } = window.bunraku ?? {};
    const now = ring?.at(-1);
    if (!window.pictureWanted || !now?.playing || now.gap < 0.6 || now.jawOpen < 0.1) return false;
    const shut = ["eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight"].map(weight);
    return Math.max(...shut) < 0.12 && length("#subtitle-heard") > 8 && length("#subtitle-pending") > 8;
  };
  const frame = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (draw) =>
    frame((now) => {
      const before = drawn;
      if (held) return;
      draw(now);
      if (drawn === before || !good()) return;
      held = true;
      // What was sent to the renderer is on the screen some slow frames later.
      setTimeout(() => document.body.setAttribute("data-held", ""), 3_000);
    });
  const interval = window.setInterval.bind(window);
  window.setInterval = (step, ms) => interval(() => held || step(), ms);
  const { addEventListener } = Worker.prototype;
  Worker.prototype.addEventListener = function (type, listen) {
    addEventListener.call(this, type, (event) => held || listen(event));
  };
};

const { module: browsers } = await runnerImport(here("../../tests/support/browser.ts"));
const choice = await browsers.findBrowser();
if (choice === undefined) throw new Error(browsers.NO_BROWSER);

const bin = here("../../cli/bunraku.mjs");
const daemon = spawn(process.execPath, [bin, "start", "--port", "0", "--json", "--stop-with-input"], {
  stdio: ["pipe", "pipe", "inherit"],
});
const browser = await browsers.launchBrowser(choice);
try {
  const url = await new Promise((resolve, reject) => {
    daemon.on("exit", (code) => reject(new Error(`the daemon ended with ${code}`)));
    createInterface({ input: daemon.stdout }).on("line", (line) => {
      const event = JSON.parse(line);
      if (event.event === "started") resolve(event.url);
    });
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US" });
  const page = await context.newPage();
  await page.addInitScript(holdWhenSpeaking);
  await page.goto(`${url}/?q=high`);
  await page.waitForFunction(() => window.bunraku?.quality === "high", undefined, { timeout: 60_000 });
  await page.getByTestId("begin").click();
  await page.locator("[data-testid=state][data-state=speaking]").waitFor();
  await page.locator("[data-testid=state][data-state=idle]").waitFor({ timeout: 60_000 });
  await page.getByTestId("text").fill(QUESTION);
  await page.getByTestId("send").click();
  await page.evaluate(() => (window.pictureWanted = true));
  await page.locator("body[data-held]").waitFor({ timeout: 120_000 });
  await page.screenshot({ path: process.argv[2] ?? here("page.png"), timeout: 120_000 });
} finally {
  await browser.close();
  daemon.stdin.end();
}
