// `npm test`: installs what is missing, builds, then lint, types and every test. Plain Node, no shell. --only=check stops after types.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureInstalled, requireNode } from "../cli/prepare.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
requireNode();
ensureInstalled();
const require = createRequire(import.meta.url);

const binOf = (name, bin) => {
  const manifest = require.resolve(`${name}/package.json`);
  const entry = require(manifest).bin;
  return join(dirname(manifest), typeof entry === "string" ? entry : entry[bin]);
};

const step = (title, args) => {
  const start = process.hrtime.bigint();
  console.log(`\n— ${title}`);
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (error) throw error;
  console.log(
    `— ${title}: ${status === 0 ? "ok" : "FAILED"} in ${(Number(process.hrtime.bigint() - start) / 1e9).toFixed(1)} s`,
  );
  if (status !== 0) process.exit(status ?? 1);
};

const only = process.argv.find((arg) => arg.startsWith("--only="))?.slice(7);
step("build", ["cli/build.mjs"]);
step("format", [binOf("prettier", "prettier"), "--check", ".", "--log-level", "warn"]);
step("lint", [binOf("oxlint", "oxlint"), "--type-aware", "--deny-warnings"]);
step("types of the page", [binOf("typescript", "tsc"), "-p", "bridge/stage", "--noEmit"]);
step("types of the tests", [binOf("typescript", "tsc"), "-p", "tests"]);
if (only !== "check") step("tests", [binOf("vitest", "vitest"), "run"]);
