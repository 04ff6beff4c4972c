import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { presetSchemaText } from "../../../configs/json-schema.ts";

test("the preset's JSON schema is up to date; `npm run schema` writes it", () => {
  const file = readFileSync(new URL("../../../configs/preset.schema.json", import.meta.url), "utf8");
  expect(JSON.parse(file)).toEqual(JSON.parse(presetSchemaText()));
});

test("every setting of a preset is described", () => {
  const bare: string[] = [];
  const walk = (node: unknown, path: string): void => {
    const { properties, items, oneOf, description } = node as Record<string, unknown> & {
      items?: object;
      properties?: Record<string, unknown>;
      oneOf?: unknown[];
    };
    const leaf = properties === undefined && items === undefined && oneOf === undefined;
    if (leaf && description === undefined && !path.startsWith("preset.engines.liveLink.head."))
      bare.push(path);
    for (const [name, child] of Object.entries(properties ?? {})) walk(child, `${path}.${name}`);
    for (const choice of oneOf ?? []) walk(choice, path);
    if (items !== undefined) walk({ description: "an item", ...items }, `${path}[]`);
  };
  walk(JSON.parse(presetSchemaText()), "preset");
  expect(bare).toEqual([]);
});
