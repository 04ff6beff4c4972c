import type { Located } from "./located.ts";
import { pathText, type Problem } from "./problem.ts";
import type { Words } from "./words.ts";

/** Settings that would hold a secret itself. `keyEnv` holds the name of a variable instead. */
const SECRET_NAMES = /^(?:api[-_]?)?key$|secret|password|passwd|^token$|authorization|credential/i;
/** Keys as the large providers write them, and anything long and random enough to be one. */
const SECRET_VALUES =
  /^(?:sk|pk|rk|gsk|xai|hf|ghp|AKIA|AIza)[-_A-Za-z0-9]{16,}$|^Bearer\s|^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9_-]{32,}$/;
const ENV_NAME = /^[A-Z_][A-Z0-9_]*$/;

/** Secrets that were written into a file, which would end up in a repository or a bug report. Never shows them. */
export const secretsIn = (
  located: Located,
  words: Words,
  path: readonly PropertyKey[] = [],
): readonly Problem[] => {
  if (located.kind === "list")
    return located.items.flatMap((item, index) => secretsIn(item, words, [...path, index]));
  if (located.kind === "map")
    return [...located.entries].flatMap(([name, { value }]) => secretsIn(value, words, [...path, name]));
  const { value, place } = located;
  if (typeof value !== "string" || value === "") return [];
  const name = String(path.at(-1) ?? "");
  const literal =
    name === "keyEnv"
      ? !ENV_NAME.test(value) && SECRET_VALUES.test(value)
      : SECRET_NAMES.test(name) || SECRET_VALUES.test(value);
  return literal ? [{ ...place, path: pathText(path), message: words.secret, suggestion: "" }] : [];
};
