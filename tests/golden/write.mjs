// Writes the golden files of the wire from the built encoder: `npm run build && npm run golden`. CI fails on a difference.
import { writeFileSync } from "node:fs";
import { format } from "prettier";
import { decode } from "../../.build/bridge/wire/decode.js";
import { encode } from "../../.build/bridge/wire/encode.js";
import { examples, plain } from "./wire/examples.mjs";

const folder = new URL("./wire/", import.meta.url);
for (const { name, seq, message } of examples) {
  const bytes = encode(message, seq);
  writeFileSync(new URL(`${name}.bin`, folder), bytes);
  const json = { seq, bytes: bytes.length, message: plain(decode(bytes).message) };
  const text = await format(JSON.stringify(json), { parser: "json", printWidth: 110 });
  writeFileSync(new URL(`${name}.json`, folder), text);
}
console.log(`${examples.length} golden messages in tests/golden/wire`);
