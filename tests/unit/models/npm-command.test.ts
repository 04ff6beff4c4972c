import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { npmCommandFile } from "../../../inference/models/npm-source.ts";

let folder = "";
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "npm-command-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = async (path: string): Promise<string> => {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, "");
  return file;
};

test.each([
  ["a Unix install", "bin/node", "lib/node_modules/npm/bin/npm-cli.js"],
  ["a Windows install", "nodejs/node.exe", "nodejs/node_modules/npm/bin/npm-cli.js"],
  ["Homebrew", "Cellar/node/22/bin/node", "Cellar/node/22/libexec/lib/node_modules/npm/bin/npm-cli.js"],
  ["Debian", "usr/bin/node", "usr/share/nodejs/npm/bin/npm-cli.js"],
])("npm is found beside Node in %s", async (_, node, npm) => {
  const file = await put(npm);
  expect(npmCommandFile({ node: await put(node), env: {} })).toBe(file);
});

test("the running npm goes first, but no yarn or pnpm, and none is none", async () => {
  const node = await put("bin/node");
  const [npm, yarn] = [await put("own/npm-cli.js"), await put("own/yarn.js")];
  expect(npmCommandFile({ node, env: { npm_execpath: npm } })).toBe(npm);
  expect(npmCommandFile({ node, env: { npm_execpath: yarn } })).toBeUndefined();
});
