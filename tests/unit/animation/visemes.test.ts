import { describe, expect, test } from "vitest";
import { exactSight, isPause, isSwitch, sightOf } from "../../../inference/animation/visemes/lookup.ts";
import { closingOf } from "../../../inference/animation/targets.ts";
import { recorded } from "../../support/spoken.ts";

describe("viseme tables", () => {
  test.each(["en", "zh"] as const)(
    "every symbol the %s voice was heard to emit has an entry of its own",
    (lang) => {
      const missing = recorded.symbols[lang].filter(
        (symbol) => !isPause(symbol) && !isSwitch(symbol) && exactSight(symbol, lang) === undefined,
      );
      expect(missing).toEqual([]);
      expect(recorded.symbols[lang].length).toBeGreaterThan(90);
    },
  );

  test("no sounding symbol is drawn as silence", () => {
    for (const lang of ["en", "zh"] as const)
      for (const symbol of recorded.symbols[lang]) {
        if (isPause(symbol) || isSwitch(symbol)) continue;
        for (const [viseme] of sightOf(symbol, lang).shapes) expect(viseme).not.toBe("rest");
      }
  });

  test("exactly the bilabials of each language seal", () => {
    const sealing = (lang: "en" | "zh"): string[] =>
      recorded.symbols[lang].filter(
        (symbol) =>
          !isPause(symbol) &&
          !isSwitch(symbol) &&
          sightOf(symbol, lang).shapes.some(([viseme]) => closingOf(viseme) === "bilabial"),
      );
    expect(sealing("en").sort()).toEqual(["b", "m", "p"]);
    expect(sealing("zh").sort()).toEqual(["m", "p", "ph"]);
  });

  test("the shares of a symbol's shapes fill its time", () => {
    for (const lang of ["en", "zh"] as const)
      for (const symbol of recorded.symbols[lang]) {
        const shapes = sightOf(symbol, lang).shapes;
        if (!isPause(symbol) && shapes.length > 0)
          expect(shapes.reduce((sum, [, share]) => sum + share, 0)).toBeCloseTo(1, 6);
      }
  });

  test("a symbol no table holds is read as the run of known ones it is made of", () => {
    expect(sightOf("ˈpɑːm", "en").shapes.map(([viseme]) => viseme)).toEqual(["PP", "aa", "PP"]);
    expect(sightOf("☃", "en").shapes).toEqual([["schwa", 1]]);
  });

  test("stress marks do not change what a symbol looks like", () => {
    expect(sightOf("ˈoʊ", "en")).toEqual(sightOf("oʊ", "en"));
    expect(sightOf("ˌʊ", "en")).toEqual(sightOf("ʊ", "en"));
  });
});
