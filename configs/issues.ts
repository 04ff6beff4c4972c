import type { z } from "zod";
import { keyPlaceOf, placeOf, type Located } from "./located.ts";
import { pathText, type Problem } from "./problem.ts";
import { keysAt, valueAt, type SchemaNode } from "./schema-walk.ts";
import { suggest } from "./suggest.ts";
import type { Words } from "./words.ts";

type Issue = z.core.$ZodIssue;

export interface IssueContext {
  readonly root: Located;
  /** The plain value that was checked. */
  readonly plain: unknown;
  /** JSON schema of it, to know what could have stood there. */
  readonly schema: SchemaNode;
  readonly words: Words;
}

/** What zod found, as sentences with places. An unknown key is a problem of its own. */
export const problemsOf = (issues: readonly Issue[], context: IssueContext): readonly Problem[] =>
  issues.flatMap((issue) => {
    const { words } = context;
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => {
        const path = [...issue.path, key];
        const meant = suggest(key, keysAt(context.schema, issue.path, context.plain));
        const suggestion = meant === undefined ? "" : words.didYouMean(meant);
        return {
          ...keyPlaceOf(context.root, path),
          path: pathText(path),
          message: words.unknownKey(key),
          suggestion,
        };
      });
    const [message, suggestion] = [messageOf(issue, context), suggestionOf(issue, context)];
    return [{ ...placeOf(context.root, issue.path), path: pathText(issue.path), message, suggestion }];
  });

const messageOf = (issue: Issue, { plain, words }: IssueContext): string => {
  const value = valueAt(plain, issue.path);
  switch (issue.code) {
    case "invalid_type": {
      if (value === undefined || value === null) return words.missing;
      return words.wrongType(words.type[issue.expected] ?? issue.expected, typeName(value, words));
    }
    case "invalid_value":
      return value === undefined
        ? words.missing
        : words.wrongType(issue.values.map(String).join(" / "), shown(value, words));
    case "invalid_union":
      if (issue.errors.length > 0) return issue.message;
      return value === undefined
        ? words.missing
        : words.wrongType(optionsOf(issue).join(" / "), shown(value, words));
    case "too_small":
      return words.tooSmall(String(issue.minimum), words.length[issue.origin] ?? "");
    case "too_big":
      return words.tooBig(String(issue.maximum), words.length[issue.origin] ?? "");
    default:
      // Formats and rules of a provider: their author wrote the sentence.
      return issue.message;
  }
};

const suggestionOf = (issue: Issue, { plain, words }: IssueContext): string => {
  const known = optionsOf(issue);
  const value = valueAt(plain, issue.path);
  if (known.length === 0) return "";
  const meant = typeof value === "string" ? suggest(value, known) : undefined;
  return meant === undefined ? words.oneOf(known) : words.didYouMean(meant);
};

const optionsOf = (issue: Issue): readonly string[] => {
  if (issue.code === "invalid_value") return issue.values.map(String);
  if (issue.code !== "invalid_union" || !("options" in issue)) return [];
  return Array.isArray(issue.options) ? issue.options.map(String) : [];
};

const typeName = (value: unknown, words: Words): string => {
  if (Array.isArray(value)) return words.type["array"] ?? "array";
  return words.type[typeof value] ?? typeof value;
};

/** A short value itself, a long one by its type: it could be a secret. */
const shown = (value: unknown, words: Words): string =>
  (typeof value === "string" || typeof value === "number" || typeof value === "boolean") &&
  String(value).length <= 24
    ? String(value)
    : typeName(value, words);
