import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Which floors each room may stand on. A room may always import itself. The first match of a path wins. */
const FLOORS: readonly (readonly [room: string, ...below: string[]])[] = [
  ["bridge/core"],
  ["bridge/wire", "bridge/core"],
  ["bridge/sync", "bridge/core", "bridge/wire"],
  ["bridge/stage", "bridge/core", "bridge/wire", "bridge/sync"],
  ["bridge/engines", "bridge/core", "bridge/wire", "bridge/sync"],
  ["bridge/unreal", "bridge/core", "bridge/wire", "bridge/sync"],
  ["bridge/cluster", "bridge/core", "bridge/wire", "bridge/sync"],
  [
    "bridge/server",
    "bridge/core",
    "bridge/wire",
    "bridge/sync",
    "bridge/engines",
    "bridge/unreal",
    "bridge/cluster",
  ],
  ["inference/models", "bridge/core", "bridge/wire"],
  ["inference/inputs", "bridge/core", "bridge/wire", "inference/models"],
  ["inference/perception", "bridge/core", "bridge/wire", "inference/models"],
  ["inference/dialogue", "bridge/core", "bridge/wire", "inference/models"],
  ["inference/animation", "bridge/core", "bridge/wire", "inference/models"],
  ["inference/motion", "bridge/core", "bridge/wire", "inference/models"],
  ["inference/shows", "bridge/core", "bridge/wire", "inference"],
  ["configs", "options"],
  ["cli", "bridge", "inference", "configs"],
];

/** npm packages a floor may import at run time; a floor that is not named may import any. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "bridge/core": [],
  "bridge/wire": [],
  "bridge/sync": [],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sources(path);
    return entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts") ? [path] : [];
  });

const IMPORT =
  /(?:^|\n)\s*(import|export)\s+(type\s)?[^;"']*?from\s+["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g;

const importsOf = (file: string): Import[] =>
  [...readFileSync(join(root, file), "utf8").matchAll(IMPORT)].map((match) => ({
    from: file,
    to: match[3] ?? match[4] ?? "",
    typeOnly: match[2] !== undefined,
  }));

const files = ["bridge", "inference", "configs", "cli"].flatMap(sources);
const imports = files.flatMap(importsOf);
const roomOf = (path: string): string | undefined =>
  FLOORS.find(([room]) => path.startsWith(`${room}/`))?.[0];
const local = (item: Import): string =>
  relative(root, resolve(root, dirname(item.from), item.to)).replaceAll("\\", "/");

describe("the house", () => {
  test("every source file stands in a room of the table", () => {
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((file) => roomOf(file) === undefined)).toEqual([]);
  });

  test("imports go down the floors only", () => {
    const wrong = imports
      .filter((item) => item.to.startsWith("."))
      .filter((item) => {
        const [room, ...below] = FLOORS.find(([name]) => item.from.startsWith(`${name}/`)) ?? ["?"];
        const target = local(item);
        if (target.startsWith(`${room}/`)) return false;
        // Option schemas import zod only, so that configs can read them without the code behind them.
        if (below.includes("options") && target.endsWith(".options.ts")) return false;
        return !below.some((floor) => target.startsWith(`${floor}/`));
      })
      .map((item) => `${item.from} imports ${local(item)}`);
    expect(wrong).toEqual([]);
  });

  test("core, wire and sync import no npm package, and option schemas only zod", () => {
    const wrong = imports
      .filter((item) => !item.to.startsWith(".") && !item.typeOnly && !item.to.startsWith("node:"))
      .filter((item) => {
        if (item.from.endsWith(".options.ts")) return item.to !== "zod";
        const allowed = PACKAGES[roomOf(item.from) ?? ""];
        return allowed !== undefined && !allowed.includes(item.to);
      })
      .map((item) => `${item.from} imports ${item.to}`);
    expect(wrong).toEqual([]);
  });

  test("only the command line reads process, except the entry files of workers and children", () => {
    const ENTRY = /(-worker|-process|-main|-child|\/serve|core\/time|options\.ts)\.?/;
    const wrong = files
      .filter((file) => !file.startsWith("cli/") && !ENTRY.test(file) && !file.startsWith("bridge/stage/"))
      .filter((file) => /\bprocess\.(env|argv|exit|stdout|stderr|cwd)\b|\bconsole\./.test(code(file)));
    expect(wrong).toEqual([]);
  });

  test("nobody asks the platform for the time outside core/time.ts", () => {
    const EDGE = /^(bridge\/core\/time\.ts|bridge\/stage\/|cli\/)/;
    const wrong = files
      .filter((file) => !EDGE.test(file))
      .filter((file) =>
        /\bDate\.now\b|(?<![.\w])set(?:Timeout|Interval)\(|\bperformance\.now\b/.test(code(file)),
      );
    expect(wrong).toEqual([]);
  });

  test("no file is a drawer for everything, and none passes 400 lines", () => {
    expect(files.filter((file) => /\/(utils?|helpers?|common|manager|service)\.ts$/.test(file))).toEqual([]);
    const long = files.filter((file) => readFileSync(join(root, file), "utf8").split("\n").length > 400);
    expect(long).toEqual([]);
  });

  test("no two files import each other in a circle", () => {
    const graph = new Map<string, string[]>();
    for (const item of imports)
      if (item.to.startsWith(".") && !item.typeOnly)
        graph.set(item.from, [...(graph.get(item.from) ?? []), local(item)]);
    expect(circle(graph)).toBeUndefined();
  });

  test("the top level holds the agreed rooms", () => {
    const ROOMS = ["bridge", "inference", "unreal-plugin", "cli", "configs", "tests"];
    const folders = readdirSync(root).filter(
      (name) => !name.startsWith(".") && name !== "node_modules" && statSync(join(root, name)).isDirectory(),
    );
    expect(folders.filter((name) => !ROOMS.includes(name))).toEqual([]);
  });
});

const code = (file: string): string =>
  readFileSync(join(root, file), "utf8")
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/(^|\s)\/\/.*$/gm, "");

const circle = (graph: Map<string, string[]>): string[] | undefined => {
  const done = new Set<string>();
  const walk = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const found = walk(next, [...path, file]);
      if (found !== undefined) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const found = walk(file, []);
    if (found !== undefined) return found;
  }
  return undefined;
};
