// Makes a fresh checkout ready: installs the packages, builds what is missing or older than its sources. Shared by the
// launcher and the test runner. Nothing here may need a package, and all it says goes to standard error.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const zh = /^zh/i.test(
  process.env.BUNRAKU_LANG || process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || "",
);

const say = (en, chinese) => process.stderr.write(`${zh ? chinese : en}\n`);

/** Says what is wrong, and ends. */
export const fail = (code, en, chinese) => {
  say(en, chinese);
  process.exit(code);
};

/** Refuses a Node.js that is too old. */
export const requireNode = () => {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  const version = process.versions.node;
  fail(
    4,
    `Bunraku needs Node.js 20.19 or newer; this is ${version}.`,
    `Bunraku 需要 Node.js 20.19 或更新版本；当前是 ${version}。`,
  );
};

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));
const changed = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

/** True where what is installed is not what the lockfile says. A lockfile that is newer but says the same is no reason. */
const installIsStale = () => {
  const [wanted, installed] = [
    join(root, "package-lock.json"),
    join(root, "node_modules", ".package-lock.json"),
  ];
  if (!existsSync(installed)) return true;
  if (!existsSync(wanted) || changed(installed) >= changed(wanted)) return false;
  const [lock, here] = [readJson(wanted).packages, readJson(installed).packages];
  const differs = ([path, { version }]) =>
    path !== "" && here[path] !== undefined && here[path].version !== version;
  const lacks = ([path, { optional, peer }]) => path !== "" && here[path] === undefined && !optional && !peer;
  return Object.entries(lock).some((entry) => differs(entry) || lacks(entry));
};

/** npm as a script for this Node: npm.cmd cannot be started without a shell on Windows. */
export const findNpm = () => {
  const asked = process.env.npm_execpath;
  const folder = dirname(realpathSync(process.execPath));
  const places = [
    asked !== undefined && basename(asked) === "npm-cli.js" ? asked : "",
    join(folder, "node_modules", "npm", "bin", "npm-cli.js"),
    join(folder, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    // Homebrew, where Node's real place is in the Cellar.
    join(folder, "..", "libexec", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    "/usr/share/nodejs/npm/bin/npm-cli.js",
  ];
  return places.find((place) => place !== "" && existsSync(place));
};

/** Runs a script with this Node; what it prints goes to standard error. */
const runScript = (script, args) =>
  spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: ["inherit", 2, 2] }).status === 0;

const install = () => {
  const npm = findNpm();
  if (npm === undefined)
    fail(
      4,
      "Run `npm ci` here first: npm was not found beside Node.js.",
      "请先在此执行 `npm ci`：在 Node.js 旁没有找到 npm。",
    );
  say("Installing packages (once, about half a minute) …", "正在安装软件包（仅一次，约半分钟）……");
  if (runScript(npm, ["ci", "--include=dev", "--no-audit", "--no-fund"])) return;
  fail(
    7,
    "The packages could not be installed; see above, then run `npm ci`.",
    "软件包安装失败；请查看上文，然后执行 `npm ci`。",
  );
};

/** Newest change of a file with one of `endings` under `folders`, leaving out `except`. */
const newest = (folders, endings, except = "") => {
  let latest = 0;
  for (const folder of folders.map((name) => join(root, name))) {
    if (!existsSync(folder) || folder === join(root, except)) continue;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) latest = Math.max(latest, newest([path.slice(root.length)], endings, except));
      else if (endings.some((ending) => entry.name.endsWith(ending)))
        latest = Math.max(latest, changed(path));
    }
  }
  return latest;
};

/** What of .build is missing or older than its sources: each part has its own witness. */
export const staleParts = () => {
  const tsconfig = changed(join(root, "tsconfig.json"));
  const daemon = Math.max(
    tsconfig,
    newest(["bridge", "inference", "configs", "cli"], [".ts", ".json", ".yaml"], "bridge/stage"),
  );
  const page = newest(
    ["bridge/stage", "bridge/core", "bridge/wire", "bridge/sync"],
    [".ts", ".html", ".css"],
  );
  const parts = [];
  if (changed(join(root, ".build", "cli", "main.js")) < daemon) parts.push("daemon");
  if (
    existsSync(join(root, "bridge", "stage", "vite.config.ts")) &&
    changed(join(root, ".build", "stage", "index.html")) < page
  )
    parts.push("stage");
  return parts;
};

/** Builds `parts`; none named, or both, is everything. */
export const build = (parts) => {
  say("Building …", "正在构建……");
  const args = parts.length === 1 ? [`--only=${parts[0]}`] : [];
  if (!runScript(join(root, "cli", "build.mjs"), args))
    fail(1, "The build failed; see above.", "构建失败；请查看上文。");
};

/** True in a checkout; an installed package has no sources: it comes built, with its packages beside it. */
const isCheckout = existsSync(join(root, "tsconfig.json"));

/** Installs the packages where they are missing or not those of the lockfile. */
export const ensureInstalled = () => {
  if (isCheckout && installIsStale()) install();
};

/** Builds the parts that are missing or older than their sources. */
export const ensureBuilt = () => {
  const parts = isCheckout ? staleParts() : [];
  if (parts.length > 0) build(parts);
};
