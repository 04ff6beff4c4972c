import { describe, expect, test } from "vitest";
import { completenessOf, HANGOVER, hangoverFor } from "../../../inference/dialogue/endpoint.ts";

describe("English", () => {
  test.each([
    ["Ten of clubs.", "finished"],
    ["What is this for?", "finished"],
    ["Stop!", "finished"],
    ["So.", "finished"],
    ['He said "yes."', "finished"],
    ["And so my fellow", "open"],
    ["hello there", "open"],
    ["I would like the", "unfinished"],
    ["I would like the.", "unfinished"],
    ["Um.", "unfinished"],
    ["Tell me about London and", "unfinished"],
    ["Eight of spades,", "unfinished"],
    ["Well...", "unfinished"],
  ] as const)("%j looks %s", (text, expected) => {
    expect(completenessOf(text, "en")).toBe(expected);
  });
});

describe("Mandarin", () => {
  test.each([
    ["今天天气怎么样？", "finished"],
    ["你好。", "finished"],
    ["你好", "open"],
    ["嗯", "unfinished"],
    ["那个。", "unfinished"],
    ["我想要", "unfinished"],
    ["因为，", "unfinished"],
    ["如果明天下雨的话", "unfinished"],
  ] as const)("%j looks %s", (text, expected) => {
    expect(completenessOf(text, "zh")).toBe(expected);
  });
});

test("the less finished the words, the longer the wait", () => {
  expect(hangoverFor("Ten of clubs.", "en")).toBe(HANGOVER.finished);
  expect(HANGOVER.finished).toBeLessThan(HANGOVER.open);
  expect(HANGOVER.open).toBeLessThan(HANGOVER.unfinished);
});

test("a sound without words is let go soon", () => {
  expect(hangoverFor("", "en")).toBe(HANGOVER.finished);
});
