import { describe, expect, test } from "vitest";
import type { Lang, Phoneme } from "../../../bridge/core/frames.ts";
import { fromMillis } from "../../../bridge/core/time.ts";
import { toSegments } from "../../../inference/animation/segments.ts";

const AT_ZERO = { pts: 0, offset: 0, late: false };

/** Phonemes from "symbol@ms" words; each ends where the next begins. */
const said = (line: string): Phoneme[] => {
  const words = line.split(" ").map((word) => word.split("@"));
  return words.map(([symbol = "", at], index) => ({
    symbol: symbol === "." ? "" : symbol,
    start: fromMillis(Number(at)),
    end: fromMillis(Number(words[index + 1]?.[1] ?? Number(at) + 100)),
  }));
};
const shapes = (line: string, lang: Lang = "en"): string[] =>
  toSegments(said(line), lang, AT_ZERO).segments.map((s) => s.viseme);
const closures = (line: string, lang: Lang = "en"): string[] =>
  toSegments(said(line), lang, AT_ZERO)
    .closures.filter((closure) => closure.kind === "bilabial")
    .map((closure) => `${Math.round(closure.start / 1_000)}-${Math.round(closure.end / 1_000)}`);

describe("segments", () => {
  test("a voiceless p closes in the silence before its burst, a voiced b from its event to the next", () => {
    expect(closures("ɑː@100 p@300 ɑː@340")).toEqual(["255-305"]);
    expect(closures("ɑː@100 b@300 ɑː@380")).toEqual(["290-380"]);
  });

  test("aspirated pinyin p closes before its burst too", () => {
    expect(closures("ˈɑ@100 ph@300 ˈɑ@350", "zh")).toEqual(["255-305"]);
  });

  test("lips that would part for less than 60 ms stay together", () => {
    expect(closures("ɑː@100 m@200 b@280 ɑː@350")).toEqual(["190-350"]);
    expect(closures("b@100 ɪ@160 p@240 ɑː@280")).toEqual(["90-245"]);
    expect(closures("b@100 ɑː@160 b@300 ɑː@360")).toHaveLength(2);
  });

  test("h and the glottal stop take the shape of the vowel after them", () => {
    expect(shapes("n@0 h@100 ˈɑː@160")).toEqual(["nn", "aa"]);
    expect(toSegments(said("n@0 h@100 ˈɑː@160"), "en", AT_ZERO).segments[1]?.start).toBe(fromMillis(100));
  });

  test("diphthongs move from shape to shape", () => {
    expect(shapes("ˈaɪ@0")).toEqual(["aa", "I"]);
    expect(shapes("ˈiou@0", "zh")).toEqual(["I", "O", "U"]);
  });

  test("the joint between two syllables is no silence, a pause is", () => {
    expect(shapes("ˈi@0 .@100 ˈɑ@120", "zh")).toEqual(["I", "aa"]);
    expect(shapes("ˈi@0 .@100 ˈɑ@320", "zh")).toEqual(["I", "rest", "aa"]);
  });

  test("a switch of voice has no shape", () => {
    expect(shapes("n@0 (en)@100 ˈɑː@107")).toEqual(["nn", "aa"]);
  });

  test("j, q, x and y round their lips before ü", () => {
    expect(shapes("ɕ@0 ˈyɛ@100", "zh")).toEqual(["JY", "Y", "E"]);
    expect(shapes("ɕ@0 ˈiɛ@100", "zh")).toEqual(["JI", "I", "E"]);
  });

  test("a final Mandarin n hardly shows, an initial one does", () => {
    expect(shapes("m@0 ˈa@80 n@200 .@280", "zh")).toEqual(["PP", "aa", "weak"]);
    expect(shapes("n@0 ˈi@80", "zh")).toEqual(["nn", "I"]);
  });
});
