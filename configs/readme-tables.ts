import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ENV_OVERRIDES } from "./env-overrides.ts";
import { PRESETS, namesOn } from "./files.ts";
import { presetJsonSchema } from "./json-schema.ts";
import type { SchemaNode } from "./schema-walk.ts";

interface OptionNode extends SchemaNode {
  readonly properties?: Readonly<Record<string, OptionNode>>;
  readonly items?: OptionNode;
  readonly oneOf?: readonly OptionNode[];
  readonly required?: readonly string[];
  readonly const?: string | number | boolean;
  readonly type?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Parts of README.md that are written from the schema, by the name in their markers. */
export const readmeParts = (): Readonly<Record<string, string>> => ({
  presets: table(
    ["preset", "what it is"],
    namesOn(PRESETS).map((name) => [
      code(name),
      aboutPreset(readFileSync(join(PRESETS.folder, `${name}.yaml`), "utf8")),
    ]),
  ),
  options: table(["setting", "value", "default", "meaning"], optionRows(presetJsonSchema())),
  environment: table(
    ["variable", "setting", "meaning"],
    ENV_OVERRIDES.map(({ name, path, text }) => [code(name), code(path.join(".")), text]),
  ),
});

/** `text` with what stands between `<!-- generated:NAME -->` and `<!-- /generated:NAME -->` replaced. Throws where a marker is missing. */
export const withParts = (text: string, parts: Readonly<Record<string, string>>): string =>
  Object.entries(parts).reduce((whole, [name, part]) => {
    const [open, close] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`];
    const [from, to] = [whole.indexOf(open), whole.indexOf(close)];
    if (from < 0 || to < from) throw new Error(`README.md has no ${open} … ${close}`);
    return `${whole.slice(0, from + open.length)}\n${part}${whole.slice(to)}`;
  }, text);

/** The first comment of a preset, without the line that is meant for editors. */
export const aboutPreset = (yaml: string): string => {
  const lines = yaml.split(/\r?\n/).filter((line) => !line.startsWith("# yaml-language-server:"));
  const end = lines.findIndex((line) => !line.startsWith("#"));
  return lines
    .slice(0, end < 0 ? undefined : end)
    .map((line) => line.replace(/^#\s*/, ""))
    .join(" ");
};

/** A row for every setting under `node`: path, value, default, meaning. */
export const optionRows = (node: OptionNode, path = "", provider = ""): readonly (readonly string[])[] => {
  const rows: (readonly string[])[] = [];
  const entries = Object.entries(node.properties ?? {});
  // The provider leads its own settings.
  entries.sort(([a], [b]) => Number(b === "provider") - Number(a === "provider"));
  for (const [name, child] of entries) {
    const at = path === "" ? name : `${path}.${name}`;
    const where = `${code(at)}${provider === "" || name === "provider" ? "" : ` (${provider})`}`;
    const value = child.const === undefined ? valueOf(child) : code(child.const);
    if (value !== "")
      rows.push([
        where,
        value,
        defaultOf(child, node.required?.includes(name) === true),
        child.description ?? "",
      ]);
    if (child.items?.properties !== undefined) rows.push(...optionRows(child.items, `${at}[]`, provider));
    else rows.push(...optionRows(child, at, provider));
    for (const choice of child.oneOf ?? [])
      rows.push(...optionRows(choice, at, String(choice.properties?.["provider"]?.const ?? "")));
  }
  return rows;
};

/** What may stand there; empty for a group, whose settings have rows of their own. */
const valueOf = ({ enum: choices, type, minimum, maximum, items, properties, oneOf }: OptionNode): string => {
  if (choices !== undefined) return choices.map(code).join(", ");
  if (oneOf !== undefined || properties !== undefined) return "";
  if (type === "array")
    return items?.properties === undefined ? `list of ${items?.type ?? "anything"}s` : "list";
  if (type === "boolean") return `${code(true)}, ${code(false)}`;
  if (type === "object") return "any fields";
  if (minimum === undefined && maximum === undefined) return type === "string" ? "text" : (type ?? "");
  return `${type === "integer" ? "whole number" : "number"}, ${minimum ?? "…"} to ${maximum ?? "…"}`;
};

const defaultOf = (node: OptionNode, required: boolean): string => {
  if (node.default !== undefined) return code(JSON.stringify(node.default));
  return required ? "required" : "";
};

const code = (value: unknown): string => `\`${String(value)}\``;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`)
    .join("");
