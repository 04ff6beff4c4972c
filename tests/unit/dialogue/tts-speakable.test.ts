import { describe, expect, test } from "vitest";
import { displayText, isSpeakable, spokenText } from "../../../inference/dialogue/text/speakable.ts";

describe("what is shown of a clause", () => {
  const table: readonly (readonly [string, string])[] = [
    ["[smile] Hello", " Hello"],
    ["*laughs* Hello *waves softly* there", " Hello there"],
    ["(sighs) Well, （叹气）好吧。", " Well, 好吧。"],
    ["That is *really* good", "That is really good"],
    ["**Bold** and __strong__ and `code`", "Bold and strong and code"],
    ["## Title", "Title"],
    ["- item", "item"],
    ["2 * 3 * 4", "2 * 3 * 4"],
    ["[our shop](https://shop.example/a_(b)) today", "our shop today"],
    ["我【微笑】很好", "我很好"],
    ["【重点】很好", "【重点】很好"],
    ["Emoji 😀 stay", "Emoji 😀 stay"],
    ["(by the way) yes", "(by the way) yes"],
    ["Hello, ", "Hello, "],
  ];
  test.each(table)("%j", (clause, shown) => expect(displayText(clause)).toBe(shown));
});

describe("what is spoken of it", () => {
  const table: readonly (readonly [string, string])[] = [
    ["Hi 😀👍🏽 there 🇨🇳!", "Hi there!"],
    ["1️⃣ first", "1 first"],
    ["Go to https://www.example.com/a?b=1, now", "Go to example.com, now"],
    ["看www.example.com。好", "看example.com。好"],
    ["fun :) and ^_^ more T_T", "fun and more"],
    ["Tom &amp; Jerry <br/> run", "Tom & Jerry run"],
    ["a\u200bb\u0000c\u001bd", "abcd"],
    ["５０％ off ＡＢＣ", "50% off ABC"],
    ["\ud83d", ""],
    ["at 8:30, ratio 3:2", "at 8:30, ratio 3:2"],
  ];
  test.each(table)("%j", (display, spoken) => expect(spokenText(display)).toBe(spoken));

  test("only letters, hanzi and digits are worth a voice", () => {
    expect(["a", "好", "7", "é"].map(isSpeakable)).toEqual([true, true, true, true]);
    expect(["", "…", "！？", "😀", " \n", "Привет"].map(isSpeakable)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  test("hostile text is dealt with quickly", () => {
    for (const text of [
      "[".repeat(900),
      "*a".repeat(450),
      "<".repeat(900),
      "(laugh ".repeat(120),
      "![](".repeat(220),
      "a@".repeat(400),
    ]) {
      const before = process.hrtime.bigint();
      spokenText(displayText(text));
      expect(Number(process.hrtime.bigint() - before) / 1e6).toBeLessThan(100);
    }
  });
});
