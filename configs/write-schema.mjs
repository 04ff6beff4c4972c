// Writes configs/preset.schema.json and the generated parts of README.md from the schema in preset.ts. Builds the daemon
// first: the schema is TypeScript.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";

const root = new URL("../", import.meta.url);
const fileOf = (name) => fileURLToPath(new URL(name, root));
const built = (name) => import(new URL(`.build/configs/${name}`, root).href);

const { status } = spawnSync(process.execPath, [fileOf("cli/build.mjs"), "--only=daemon"], {
  stdio: "inherit",
});
if (status !== 0) process.exit(status ?? 1);
const { presetSchemaText } = await built("json-schema.js");
const { readmeParts, withParts } = await built("readme-tables.js");

/** A file that stays as it was is not touched: it would make the build look older than its sources. */
const write = (name, make) => {
  const file = fileOf(name);
  const before = readFileSync(file, "utf8").replaceAll("\r\n", "\n");
  const after = make(before);
  if (after === before) return console.log(`${name} is up to date`);
  writeFileSync(file, after);
  console.log(`wrote ${name}`);
};

const schema = fileOf("configs/preset.schema.json");
const schemaText = await format(presetSchemaText(), { ...(await resolveConfig(schema)), filepath: schema });
write("configs/preset.schema.json", () => schemaText);
write("README.md", (text) => withParts(text, readmeParts()));
