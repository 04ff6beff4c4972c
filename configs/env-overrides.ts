import { merge, type Located, type Place } from "./located.ts";

/** One setting that an environment variable may override. */
export interface EnvOverride {
  readonly name: string;
  readonly path: readonly string[];
  readonly kind: "text" | "number" | "boolean";
  readonly text: string;
}

/** Variables that go before the preset. Command-line options go before both. */
export const ENV_OVERRIDES: readonly EnvOverride[] = [
  { name: "BUNRAKU_LANG", path: ["lang"], kind: "text", text: "Language of ears and greeting: en or zh" },
  { name: "BUNRAKU_HOST", path: ["listen", "host"], kind: "text", text: "Address to listen on" },
  {
    name: "BUNRAKU_PORT",
    path: ["listen", "port"],
    kind: "number",
    text: "Port of page, links and commands",
  },
  { name: "BUNRAKU_LOG_LEVEL", path: ["log", "level"], kind: "text", text: "debug, info, warn or error" },
  {
    name: "BUNRAKU_LIVE_LINK",
    path: ["engines", "liveLink", "enabled"],
    kind: "boolean",
    text: "Send Live Link Face to Unreal",
  },
  {
    name: "BUNRAKU_LIVE_LINK_HOST",
    path: ["engines", "liveLink", "host"],
    kind: "text",
    text: "Machine that runs Unreal",
  },
  {
    name: "BUNRAKU_LIVE_LINK_PORT",
    path: ["engines", "liveLink", "port"],
    kind: "number",
    text: "Port of Unreal's Apple ARKit source",
  },
];

/** `root` with the overrides of the environment on top; an empty variable counts as absent. */
export const withEnv = (root: Located, env: Readonly<Record<string, string | undefined>>): Located =>
  ENV_OVERRIDES.reduce(
    (tree, { name, path, kind }) => {
      const value = env[name];
      if (value === undefined || value === "") return tree;
      const place: Place = { file: `environment ${name}`, line: 0, column: 0 };
      const leaf: Located = { kind: "scalar", place, value: parsed(value, kind) };
      const over = path.reduceRight<Located>(
        (inner, part) => ({
          kind: "map",
          place: root.place,
          entries: new Map([[part, { key: place, value: inner }]]),
        }),
        leaf,
      );
      return merge(tree, over);
    },
    withOpenAiAddress(root, env["OPENAI_BASE_URL"]),
  );

/** What cannot be read as its kind stays text, for the schema to name. */
const parsed = (value: string, kind: EnvOverride["kind"]): unknown => {
  if (kind === "number" && /^-?\d+(?:\.\d+)?$/.test(value)) return Number(value);
  if (kind === "boolean" && /^(?:1|true|yes|on)$/i.test(value)) return true;
  if (kind === "boolean" && /^(?:0|false|no|off)$/i.test(value)) return false;
  return value;
};

/** Senses that take an address from `OPENAI_BASE_URL` where they name the openai provider and no address. */
const SENSES = ["asr", "llm", "tts"];

const withOpenAiAddress = (root: Located, address: string | undefined): Located => {
  if (address === undefined || address === "" || root.kind !== "map") return root;
  const place: Place = { file: "environment OPENAI_BASE_URL", line: 0, column: 0 };
  const entries = new Map(root.entries);
  for (const [name, { key, value }] of root.entries) {
    if (!SENSES.includes(name) || value.kind !== "map" || value.entries.has("baseUrl")) continue;
    const provider = value.entries.get("provider")?.value;
    if (provider?.kind !== "scalar" || provider.value !== "openai") continue;
    const baseUrl = { key: place, value: { kind: "scalar" as const, place, value: address } };
    entries.set(name, {
      key,
      value: { ...value, entries: new Map([...value.entries, ["baseUrl", baseUrl]]) },
    });
  }
  return { ...root, entries };
};
