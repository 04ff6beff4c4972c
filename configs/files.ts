import { readdirSync, readFileSync, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseLocated, type Located, type Place } from "./located.ts";
import type { Problem } from "./problem.ts";
import { suggest } from "./suggest.ts";
import type { Words } from "./words.ts";

/** Longest configuration file that is read, bytes. */
const MAX_BYTES = 262_144;

/** Configuration files of one kind: those that come with the program, by name, and any other by path. */
export interface Shelf {
  readonly kind: "preset" | "character";
  readonly folder: string;
}

/** Where a file's name was written, to point there when it is not found. */
export interface Asked {
  readonly place: Place;
  readonly path: string;
}

const shelf = (kind: Shelf["kind"]): Shelf => ({
  kind,
  folder: fileURLToPath(new URL(`./${kind}s/`, import.meta.url)),
});

export const PRESETS = shelf("preset");
export const CHARACTERS = shelf("character");

/** Names on the shelf, sorted. */
export const namesOn = ({ folder }: Shelf): readonly string[] => {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => name.slice(0, -5))
      .sort();
  } catch {
    return [];
  }
};

/** File of a name on the shelf, or of a path (with a slash, or ending in .yaml or .yml) seen from `from`. */
export const fileOf = (nameOrPath: string, { folder }: Shelf, from: string): string => {
  if (!/[/\\]|\.ya?ml$/.test(nameOrPath)) return join(folder, `${nameOrPath}.yaml`);
  return isAbsolute(nameOrPath) ? nameOrPath : join(from, nameOrPath);
};

/** A file's tree, or why there is none. `asked` is where its name was written, if anywhere. */
export const readLocated = (
  file: string,
  options: { name: string; shelf: Shelf; words: Words; asked: Asked | undefined },
): { root: Located | undefined; problems: readonly Problem[] } => {
  const { words, name, shelf } = options;
  const shownFile = shown(file);
  const fail = (message: string, suggestion = ""): { root: undefined; problems: readonly Problem[] } => {
    const { place, path } = options.asked ?? { place: { file: name, line: 0, column: 0 }, path: "" };
    return { root: undefined, problems: [{ ...place, path, message, suggestion }] };
  };
  try {
    if (statSync(file).size > MAX_BYTES) return fail(words.tooLarge);
    return parseLocated(readFileSync(file, "utf8"), shownFile, words);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") return fail(words.unreadable(message));
    const known = namesOn(shelf);
    const meant = suggest(name, known);
    return fail(
      words.notFound(words[shelf.kind], name),
      meant === undefined ? words.oneOf(known) : words.didYouMean(meant),
    );
  }
};

/** The path as a person would type it from here. */
const shown = (file: string): string => {
  const short = relative(".", file);
  return short.startsWith("..") || isAbsolute(short) ? file : short;
};
