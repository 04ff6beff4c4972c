import { expect, test } from "vitest";
import { editDistance, suggest } from "../../../configs/suggest.ts";

test.each([
  ["", "", 0],
  ["a", "", 1],
  ["kitten", "sitting", 3],
  ["prot", "port", 1],
  ["lnag", "lang", 1],
] as const)("from %j to %j it takes %i steps", (a, b, steps) => expect(editDistance(a, b)).toBe(steps));

test("a typing mistake finds the word, a different word finds none", () => {
  const known = ["lang", "listen", "puppets", "engines"];
  expect(suggest("listn", known)).toBe("listen");
  expect(suggest("Puppet", known)).toBe("puppets");
  expect(suggest("microphone", known)).toBeUndefined();
});
