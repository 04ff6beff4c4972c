#!/usr/bin/env node
// The way in. In a fresh checkout it installs and builds first, then runs .build/cli/main.js.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ensureBuilt, ensureInstalled, fail, requireNode } from "./prepare.mjs";

const main = join(dirname(fileURLToPath(import.meta.url)), "..", ".build", "cli", "main.js");

requireNode();
ensureInstalled();
ensureBuilt();
if (!existsSync(main)) fail(4, "This package is incomplete; install it again.", "软件包不完整；请重新安装。");
const { runProcess } = await import(pathToFileURL(main).href);
await runProcess();
