// Takes page.png: the Stage page in the middle of a sentence. `node bridge/stage/picture.mjs`, after a build.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";
import { runnerImport } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const QUESTION = "What is bunraku?";

/** Runs in the page: stops its time at the first good moment, so that a slow renderer can draw that very moment. */
const stopWhenSpeaking = () => {
  let stopped;
  const length = (id) => document.querySelector(id)?.textContent.length ?? 0;
  const good = () => {
    const { ring, weight } = window.bunraku ?? {};
    const now = ring?.at(-1);
    if (!window.pictureWanted || !now?.playing || now.gap < 1 || now.jawOpen < 0.15) return false;
    const shut = ["eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight"].map(weight);
    return Math.max(...shut) < 0.1 && length("#subtitle-heard") > 12 && length("#subtitle-pending") > 12;
  };
  const now = performance.now.bind(performance);
  performance.now = () => stopped ?? now();
  const interval = window.setInterval.bind(window);
  window.setInterval = (step, ms) =>
    interval(() => {
      if (stopped !== undefined) return;
      step();
      if (!good()) return;
      stopped = now();
      setTimeout(() => document.body.setAttribute("data-stopped", ""), 5_000);
    }, ms);
  // No news from the daemon, nor from the audio thread, either.
  for (const { prototype } of [Worker, MessagePort]) {
    const add = Function.prototype.call.bind(prototype.addEventListener);
    prototype.addEventListener = function (type, listen) {
      add(this, type, (event) => stopped === undefined && listen(event));
    };
  }
};

/** The same pixels in an eighth less: a browser packs for speed. `page` is an empty one that unpacks them. */
const packed = async (png, page) => {
  const { width, height, base64 } = await page.evaluate(async (source) => {
    const image = new Image();
    image.src = `data:image/png;base64,${source}`;
    await image.decode();
    const { width, height } = image;
    const pen = new OffscreenCanvas(width, height).getContext("2d");
    pen.drawImage(image, 0, 0);
    const pixels = pen.getImageData(0, 0, width, height).data;
    const rows = new Uint8Array(height * (1 + width * 3));
    let at = 0;
    for (let y = 0; y < height; y++) {
      rows[at++] = 1; // Filter "Sub": each byte less that of the pixel to its left.
      for (let x = 0; x < width; x++)
        for (let c = 0; c < 3; c++) {
          const from = (y * width + x) * 4 + c;
          rows[at++] = pixels[from] - (x === 0 ? 0 : pixels[from - 4]);
        }
    }
    const url = await new Promise((resolve) => {
      const reader = new FileReader();
      reader.addEventListener("load", () => resolve(reader.result));
      reader.readAsDataURL(new Blob([rows]));
    });
    return { width, height, base64: url.slice(url.indexOf(",") + 1) };
  }, png.toString("base64"));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8); // Eight bits of red, green and blue.
  const rows = deflateSync(Buffer.from(base64, "base64"), { level: 9, memLevel: 9 });
  return Buffer.concat([
    png.subarray(0, 8),
    chunk("IHDR", header),
    chunk("IDAT", rows),
    chunk("IEND", Buffer.alloc(0)),
  ]);
};

const chunk = (name, body) => {
  const named = Buffer.concat([Buffer.from(name, "latin1"), body]);
  const around = Buffer.alloc(8);
  around.writeUInt32BE(body.length, 0);
  around.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([around.subarray(0, 4), named, around.subarray(4)]);
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
  await page.addInitScript(stopWhenSpeaking);
  await page.goto(`${url}/?q=high`);
  await page.waitForFunction(() => window.bunraku?.quality === "high", undefined, { timeout: 60_000 });
  await page.getByTestId("begin").click();
  await page.locator("[data-testid=state][data-state=speaking]").waitFor();
  await page.locator("[data-testid=state][data-state=idle]").waitFor({ timeout: 60_000 });
  await page.getByTestId("text").fill(QUESTION);
  await page.getByTestId("send").click();
  await page.evaluate(() => (window.pictureWanted = true));
  await page.locator("body[data-stopped]").waitFor({ timeout: 60_000 });
  const png = await page.screenshot({ timeout: 120_000 });
  writeFileSync(process.argv[2] ?? here("page.png"), await packed(png, await context.newPage()));
} finally {
  await browser.close();
  daemon.stdin.end();
}
