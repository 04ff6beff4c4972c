// Builds everything into .build/: the daemon with tsc, the Stage page with Vite, data files by copy. Plain Node, no shell.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);

/** Runs a package's own bin with this Node, so that no shell or `.cmd` shim is needed. */
const runBin = (name, bin, args) => {
  const manifest = require.resolve(`${name}/package.json`);
  const entry = require(manifest).bin;
  const file = join(dirname(manifest), typeof entry === "string" ? entry : entry[bin]);
  const { status, error } = spawnSync(process.execPath, [file, ...args], { cwd: root, stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
};

const only = process.argv.find((arg) => arg.startsWith("--only="))?.slice(7);

if (only === undefined || only === "daemon") {
  for (const folder of ["bridge", "inference", "configs", "cli"])
    rmSync(join(root, ".build", folder), { recursive: true, force: true });
  runBin("typescript", "tsc", ["-p", "tsconfig.json"]);
}
if ((only === undefined || only === "stage") && existsSync(join(root, "bridge/stage/vite.config.ts"))) {
  runBin("vite", "vite", ["build", "--config", "bridge/stage/vite.config.ts", "--logLevel", "warn"]);
}
mkdirSync(join(root, ".build"), { recursive: true });
for (const folder of ["configs/presets", "configs/characters"])
  if (existsSync(join(root, folder)))
    cpSync(join(root, folder), join(root, ".build", folder), { recursive: true });
writeFileSync(join(root, ".build", "package.json"), '{ "type": "module" }\n');
