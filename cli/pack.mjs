// `npm run pack`: builds, packs, and looks at what was packed. A bare `npm pack` runs no script of ours where npm is told
// to ignore scripts, and would pack whatever .build holds. With --no-build it refuses a build that is missing or stale.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, ensureInstalled, fail, findNpm, requireNode, staleParts } from "./prepare.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** What a user needs, whatever else there is. */
const NEEDED = [
  "package.json",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "cli/bunraku.mjs",
  "cli/prepare.mjs",
  "configs/preset.schema.json",
  "configs/presets/default.yaml",
  "configs/characters/default.yaml",
  "bridge/wire/PROTOCOL.md",
  "bridge/wire/examples/voice-client.mjs",
  ".build/package.json",
  ".build/cli/main.js",
  ".build/configs/presets/default.yaml",
  ".build/configs/characters/default.yaml",
  ".build/inference/models/models.lock.json",
  ".build/stage/index.html",
  ".build/stage/licences.md",
  ".build/stage/puppet.html",
];
/** Nothing of the tests, the sources, or for a debugger that has no sources. */
const STRAY = /(?:^|\/)tests?\/|\.(?:[cm]?ts|map|tsbuildinfo|tgz|log)$|(?:^|\/)(?:tsconfig|vite\.config)/;

const argument = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const destination = resolve(argument("--pack-destination") ?? root);

requireNode();
if (!process.argv.includes("--no-build")) {
  ensureInstalled();
  build([]);
}
const stale = staleParts();
if (stale.length > 0)
  fail(
    1,
    `The build is missing or older than its sources (${stale.join(", ")}); run \`npm run build\`, or pack with \`npm run pack\`.`,
    `构建缺失或早于源码（${stale.join("、")}）；请执行 \`npm run build\`，或用 \`npm run pack\` 打包。`,
  );

const npm = findNpm();
if (npm === undefined)
  fail(
    4,
    "npm was not found beside Node.js; run `npm run pack`.",
    "在 Node.js 旁没有找到 npm；请执行 `npm run pack`。",
  );
const args = [npm, "pack", "--json", "--ignore-scripts", "--loglevel=error"];
const { status, stdout } = spawnSync(process.execPath, [...args, "--pack-destination", destination], {
  cwd: root,
  stdio: ["ignore", "pipe", "inherit"],
  encoding: "utf8",
  maxBuffer: 16 << 20,
});
if (status !== 0) fail(1, "npm could not pack; see above.", "npm 打包失败；请查看上文。");

// A list of one in npm 11 and before; newer ones may name it.
const [{ filename, files, size }] = Object.values(JSON.parse(stdout));
const tarball = join(destination, filename);
const packed = files.map(({ path }) => path);
const missing = NEEDED.filter((path) => !packed.includes(path));
const stray = packed.filter((path) => STRAY.test(path));
if (missing.length + stray.length > 0) {
  rmSync(tarball, { force: true });
  const list = [...missing.map((path) => `- ${path}`), ...stray.map((path) => `+ ${path}`)].join("\n");
  fail(
    1,
    `The package is not what it should be (- missing, + stray), see "files" in package.json:\n${list}`,
    `软件包内容不对（- 缺少，+ 多余），见 package.json 的 "files"：\n${list}`,
  );
}
process.stderr.write(`${packed.length} files, ${(size / 1e6).toFixed(1)} MB\n`);
console.log(tarball);
