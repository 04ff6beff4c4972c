// Writes configs/preset.schema.json from the schema in preset.ts. Builds the daemon first: the schema is TypeScript.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";

const root = new URL("../", import.meta.url);
const build = fileURLToPath(new URL("cli/build.mjs", root));
const { status } = spawnSync(process.execPath, [build, "--only=daemon"], { stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);
const { presetSchemaText } = await import(new URL(".build/configs/json-schema.js", root).href);
const file = fileURLToPath(new URL("configs/preset.schema.json", root));
writeFileSync(file, await format(presetSchemaText(), { ...(await resolveConfig(file)), filepath: file }));
console.log("wrote configs/preset.schema.json");
