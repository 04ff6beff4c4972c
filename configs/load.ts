import { z } from "zod";
import { personaOptions, type Persona } from "../inference/dialogue/llm/persona.options.ts";
import { withEnv } from "./env-overrides.ts";
import { readChain } from "./chain.ts";
import { CHARACTERS, fileOf, readLocated, type Asked } from "./files.ts";
import { problemsOf } from "./issues.ts";
import { placeOf, plainOf, type Located } from "./located.ts";
import { presetSchema, type Preset } from "./preset.ts";
import { pathText, type Problem } from "./problem.ts";
import type { SchemaNode } from "./schema-walk.ts";
import { secretsIn } from "./secrets.ts";
import { configWords, type ConfigLang, type Words } from "./words.ts";

export interface LoadOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Language of the problems. */
  readonly lang?: ConfigLang;
  /** Folder that paths are seen from; the working folder when absent. */
  readonly from?: string;
}

export interface LoadedPreset {
  /** Undefined where there is any problem. */
  readonly preset: Preset | undefined;
  /** Characters of the preset's puppets, by name. */
  readonly characters: ReadonlyMap<string, Persona>;
  /** Everything that has to change, not just the first. */
  readonly problems: readonly Problem[];
  /** The preset's file, then those it extends. */
  readonly files: readonly string[];
}

export interface LoadedCharacter {
  readonly character: Persona | undefined;
  readonly problems: readonly Problem[];
}

/** Reads a preset by name (`zh`) or path (`shows/mine.yaml`), with what it extends. Never throws for bad content. */
export const loadPreset = (nameOrPath: string, options: LoadOptions = {}): LoadedPreset => {
  const words = configWords(options.lang ?? "en");
  const { root, problems, files } = readChain(nameOrPath, options.from ?? ".", words);
  if (root === undefined || problems.length > 0)
    return { preset: undefined, characters: new Map(), problems, files };
  const tree = withEnv(root, options.env ?? {});
  const { value, problems: wrong } = check(tree, presetSchema, words);
  const characters = new Map<string, Persona>();
  const rest =
    value === undefined ? [] : [...doubles(value, tree, words), ...cast(value, { tree, words, characters })];
  const all = [...wrong, ...rest];
  return { preset: all.length === 0 ? value : undefined, characters, problems: all, files };
};

/** Reads a character by name or path, with everything that is wrong with it. */
export const loadCharacter = (nameOrPath: string, options: LoadOptions = {}): LoadedCharacter =>
  readCharacter(nameOrPath, {
    words: configWords(options.lang ?? "en"),
    from: options.from ?? ".",
    asked: undefined,
  });

const readCharacter = (
  name: string,
  { words, from, asked }: { words: Words; from: string; asked: Asked | undefined },
): LoadedCharacter => {
  const read = readLocated(fileOf(name, CHARACTERS, from), { name, shelf: CHARACTERS, words, asked });
  if (read.root === undefined || read.problems.length > 0)
    return { character: undefined, problems: read.problems };
  const { value, problems } = check(read.root, personaOptions, words);
  return { character: value, problems };
};

/** Checks a tree against its schema. Secrets are named as such, and only once. */
const check = <T>(
  tree: Located,
  schema: z.ZodType<T>,
  words: Words,
): { value: T | undefined; problems: readonly Problem[] } => {
  const plain = plainOf(tree);
  const secrets = secretsIn(tree, words);
  const known = new Set(secrets.map(({ path }) => path));
  const result = schema.safeParse(plain);
  if (result.success) return { value: secrets.length === 0 ? result.data : undefined, problems: secrets };
  const node = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as SchemaNode;
  const found = problemsOf(result.error.issues, { root: tree, plain, schema: node, words });
  return {
    value: undefined,
    problems: inOrder([...secrets, ...found.filter(({ path }) => !known.has(path))]),
  };
};

/** Puppets are called by id and seen by subject: neither may be there twice. */
const doubles = (preset: Preset, tree: Located, words: Words): readonly Problem[] => {
  const problems: Problem[] = [];
  for (const key of ["id", "subject"] as const) {
    const seen = new Set<string>();
    for (const [index, puppet] of preset.puppets.entries()) {
      const path = ["puppets", index, key];
      if (seen.has(puppet[key]))
        problems.push({
          ...placeOf(tree, path),
          path: pathText(path),
          message: words.twice(puppet[key]),
          suggestion: "",
        });
      seen.add(puppet[key]);
    }
  }
  return problems;
};

/** Reads the characters that the puppets play. */
const cast = (
  preset: Preset,
  { tree, words, characters }: { tree: Located; words: Words; characters: Map<string, Persona> },
): readonly Problem[] => {
  const problems: Problem[] = [];
  const read = new Set<string>();
  for (const [index, { character: name }] of preset.puppets.entries()) {
    if (read.has(name)) continue;
    read.add(name);
    const path = ["puppets", index, "character"];
    const asked = { place: placeOf(tree, path), path: pathText(path) };
    const found = readCharacter(name, { words, from: ".", asked });
    problems.push(...found.problems);
    if (found.character !== undefined) characters.set(name, found.character);
  }
  return problems;
};

const inOrder = (problems: readonly Problem[]): readonly Problem[] =>
  [...problems].sort((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : 0));
