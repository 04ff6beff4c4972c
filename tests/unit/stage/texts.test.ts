import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { Texts, chooseLanguage } from "../../../bridge/stage/text/texts.ts";

const stage = new URL("../../../bridge/stage/", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, stage), "utf8");
const en = JSON.parse(read("text/en.json")) as Record<string, string>;
const zh = JSON.parse(read("text/zh.json")) as Record<string, string>;
const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).toSorted();

test("English and Chinese say the same things, with the same holes", () => {
  expect(Object.keys(zh)).toEqual(Object.keys(en));
  for (const [key, text] of Object.entries(en)) {
    expect(text.trim(), key).not.toBe("");
    expect(zh[key]?.trim(), key).not.toBe("");
    expect(holes(zh[key] ?? ""), key).toEqual(holes(text));
  }
});

test("every text the page names exists, and none is left over", () => {
  const html = read("index.html");
  const named = [...html.matchAll(/data-i18n(?:-\w+)?="(\w+)"/g)].map(([, key]) => key ?? "");
  for (const key of named) expect(en, key).toHaveProperty([key]);
  const scripts = readdirSync(new URL(".", stage), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map(read)
    .join("\n");
  for (const key of Object.keys(en))
    expect(named.includes(key) || scripts.includes(`"${key}"`), key).toBe(true);
});

test("a remembered language wins, then the browser's first that we speak", () => {
  expect(chooseLanguage("zh", ["en-GB"])).toBe("zh");
  expect(chooseLanguage(null, ["fr", "zh-TW", "en"])).toBe("zh");
  expect(chooseLanguage(null, ["de", "en-US", "zh"])).toBe("en");
  expect(chooseLanguage("klingon", ["de"])).toBe("en");
});

test("a change of language translates what is already on the page", () => {
  const texts = new Texts("en");
  const shown: string[] = [];
  texts.whenChanged(() => shown.push(texts.say("bound", { bound: "0.10" })));
  texts.switchTo("zh");
  expect(shown).toEqual(["clock within ±0.10 ms", "时钟误差 ±0.10 毫秒以内"]);
});
