import { dirname } from "node:path";
import { fileOf, PRESETS, readLocated, type Asked } from "./files.ts";
import { merge, type Located } from "./located.ts";
import type { Problem } from "./problem.ts";
import type { Words } from "./words.ts";

/** A preset with everything it extends, laid over one another. */
export interface Chain {
  /** Undefined where the first file cannot be read. */
  readonly root: Located | undefined;
  readonly problems: readonly Problem[];
  /** The preset's file, then those it extends. */
  readonly files: readonly string[];
}

/** Presets that may extend one another. */
const MAX_CHAIN = 8;

interface Step {
  readonly name: string;
  /** Folder that a path is seen from. */
  readonly from: string;
  /** The `extends` that asks for it; undefined for the first. */
  readonly asked: Asked | undefined;
}

/** Follows `extends` to the end. Never throws: what cannot be followed is a problem at that `extends`. */
export const readChain = (nameOrPath: string, from: string, words: Words): Chain => {
  const trees: Located[] = [];
  const files: string[] = [];
  const problems: Problem[] = [];
  for (let step: Step | undefined = { name: nameOrPath, from, asked: undefined }; step !== undefined;) {
    const { name, asked }: Step = step;
    const file = fileOf(name, PRESETS, step.from);
    const refusal = refusalOf(file, files, words);
    if (refusal !== undefined && asked !== undefined) {
      problems.push({ ...asked.place, path: asked.path, message: refusal, suggestion: "" });
      break;
    }
    const read = readLocated(file, { name, shelf: PRESETS, words, asked });
    problems.push(...read.problems);
    if (read.root === undefined) break;
    files.push(file);
    trees.push(read.root);
    step = nextOf(read.root, file);
  }
  const [last, ...above] = trees.toReversed();
  return { root: last === undefined ? undefined : above.reduce(merge, last), problems, files };
};

const refusalOf = (file: string, files: readonly string[], words: Words): string | undefined => {
  if (files.includes(file)) return words.circle;
  return files.length >= MAX_CHAIN ? words.tooLong : undefined;
};

const nextOf = (root: Located, file: string): Step | undefined => {
  const base = root.kind === "map" ? root.entries.get("extends")?.value : undefined;
  if (base?.kind !== "scalar" || typeof base.value !== "string") return undefined;
  return { name: base.value, from: dirname(file), asked: { place: base.place, path: "extends" } };
};
