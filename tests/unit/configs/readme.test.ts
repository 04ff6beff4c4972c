import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { aboutPreset, optionRows, readmeParts, withParts } from "../../../configs/readme-tables.ts";

const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8").replaceAll("\r\n", "\n");

describe("README.md", () => {
  test("has the tables of today's presets, settings and variables; `npm run schema` writes them", () => {
    expect(withParts(readme, readmeParts())).toBe(readme);
  });

  test("says of every preset and every setting what it is", () => {
    for (const part of Object.values(readmeParts()))
      expect(part).not.toMatch(/\| {2}\|\n|undefined|\[object/);
    expect(readmeParts()["options"]).toContain(
      "| `engines.liveLink.port` | whole number, 1 to 65535 | `11111` | Port of its Apple ARKit source |",
    );
    expect(readmeParts()["options"]).toContain("| `asr.model` (openai) | text | required |");
  });
});

test("only what stands between the markers is replaced, and a marker that is gone is named", () => {
  const text = "a\n<!-- generated:x -->\nold\n<!-- /generated:x -->\nb\n";
  expect(withParts(text, { x: "new\n" })).toBe(text.replace("old", "new"));
  expect(() => withParts(text, { y: "" })).toThrow("<!-- generated:y -->");
});

test("a preset is described by its first comment, less the line for editors", () => {
  expect(
    aboutPreset("# yaml-language-server: $schema=x\r\n# One,\r\n# two.\r\nversion: 1\r\n# three\r\n"),
  ).toBe("One, two.");
  expect(aboutPreset("version: 1\n")).toBe("");
});

test("a list of groups, a choice and a group without a description each have their rows", () => {
  const text = { type: "string", description: "d" };
  const rows = optionRows({
    properties: {
      list: { type: "array", items: { properties: { id: text }, required: ["id"] } },
      sense: { oneOf: [{ properties: { provider: { const: "p" }, key: { ...text, default: "k" } } }] },
      group: { type: "object", properties: { on: { type: "boolean", default: false } } },
    },
  });
  expect(rows.map((row) => row.slice(0, 3))).toEqual([
    ["`list`", "list", ""],
    ["`list[].id`", "text", "required"],
    ["`sense.provider`", "`p`", ""],
    ["`sense.key` (p)", "text", '`"k"`'],
    ["`group.on`", "`true`, `false`", "`false`"],
  ]);
});
