import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from "yaml";
import type { Problem } from "./problem.ts";
import type { Words } from "./words.ts";

/** Where a value was written. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A YAML value that remembers where each part of it was written. */
export type Located =
  | { readonly kind: "scalar"; readonly place: Place; readonly value: unknown }
  | { readonly kind: "list"; readonly place: Place; readonly items: readonly Located[] }
  | { readonly kind: "map"; readonly place: Place; readonly entries: ReadonlyMap<string, Entry> };

interface Entry {
  /** Where the key stands. */
  readonly key: Place;
  readonly value: Located;
}

/** Deepest nesting that is read: nothing here needs more, and an attack needs less. */
const MAX_DEPTH = 32;

/** Reads YAML with the place of every value. Never throws: what cannot be read is a problem. */
export const parseLocated = (
  text: string,
  file: string,
  words: Words,
): { root: Located; problems: readonly Problem[] } => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems: Problem[] = [];
  const report = (offset: number, message: string): void => {
    problems.push({ ...place(offset), path: "", message, suggestion: "" });
  };
  for (const error of document.errors)
    report(error.pos[0], words.notYaml(error.message.split("\n")[0] ?? ""));

  const read = (node: unknown, offset: number, depth: number): Located => {
    const start = (node as Partial<Node> | null)?.range?.[0] ?? offset;
    if (depth > MAX_DEPTH) {
      report(start, words.tooDeep);
      return { kind: "scalar", place: place(start), value: undefined };
    }
    // An alias may stand for a tree that grows with every step; `extends` does what presets need.
    if (isAlias(node)) report(start, words.alias);
    if (isSeq(node))
      return {
        kind: "list",
        place: place(start),
        items: node.items.map((item) => read(item, start, depth + 1)),
      };
    if (isMap(node)) {
      const entries = new Map<string, Entry>();
      for (const { key, value } of node.items) {
        const at = (key as Partial<Node> | null)?.range?.[0] ?? start;
        const name = isScalar(key) ? String(key.value) : "?";
        entries.set(name, { key: place(at), value: read(value, at, depth + 1) });
      }
      return { kind: "map", place: place(start), entries };
    }
    return { kind: "scalar", place: place(start), value: isScalar(node) ? node.value : undefined };
  };
  return { root: read(document.contents, 0, 0), problems };
};

/** `over` on top of `base`: maps join key by key, lists and values replace. */
export const merge = (base: Located, over: Located): Located => {
  if (base.kind !== "map" || over.kind !== "map") return over;
  // Options belong to their provider: those of another one must not shine through.
  const [from, to] = [providerOf(base), providerOf(over)];
  if (from !== undefined && to !== undefined && from !== to) return over;
  const entries = new Map(base.entries);
  for (const [name, entry] of over.entries) {
    const known = entries.get(name);
    entries.set(name, {
      key: entry.key,
      value: known === undefined ? entry.value : merge(known.value, entry.value),
    });
  }
  return { kind: "map", place: over.place, entries };
};

/** The plain value, as a schema wants it. */
export const plainOf = (located: Located): unknown => {
  if (located.kind === "scalar") return located.value;
  if (located.kind === "list") return located.items.map(plainOf);
  // A key named __proto__ must stay a key, for the schema to refuse.
  return Object.fromEntries([...located.entries].map(([name, { value }]) => [name, plainOf(value)]));
};

/** Where the value at `path` was written, or the nearest part above it that was. */
export const placeOf = (located: Located, path: readonly PropertyKey[]): Place => {
  const { place, found } = walk(located, path);
  return found?.kind === "scalar" ? found.place : place;
};

/** Where the last key of `path` was written. */
export const keyPlaceOf = (located: Located, path: readonly PropertyKey[]): Place =>
  walk(located, path).place;

const walk = (
  located: Located,
  path: readonly PropertyKey[],
): { place: Place; found: Located | undefined } => {
  let at = located;
  let place = located.place;
  for (const part of path) {
    if (at.kind === "map") {
      const entry = at.entries.get(String(part));
      if (entry === undefined) return { place, found: undefined };
      place = entry.key;
      at = entry.value;
    } else if (at.kind === "list") {
      const item = at.items[Number(part)];
      if (item === undefined) return { place, found: undefined };
      place = item.place;
      at = item;
    } else return { place, found: undefined };
  }
  return { place, found: at };
};

const providerOf = (located: Located): unknown => {
  const provider = located.kind === "map" ? located.entries.get("provider")?.value : undefined;
  return provider?.kind === "scalar" ? provider.value : undefined;
};
