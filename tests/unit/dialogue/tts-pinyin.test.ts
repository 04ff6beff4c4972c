import { describe, expect, test } from "vitest";
import { espeakSyllable, toPinyin } from "../../../inference/dialogue/text/pinyin.ts";

describe("Chinese text becomes pinyin for the Mandarin voice", () => {
  const table: readonly (readonly [string, string])[] = [
    ["你好，我是中国人。", "ni3hao3, wo3 shi4 zhong1guo2ren2."],
    ["我们的直播间", "wo3men5 de5 zhi2bo1jian1"],
    ["银行行长", "yin2hang2 hang2zhang3"],
    ["我在银行行走", "wo3 zai4 yin2hang2 xing2zou3"],
    ["重庆很重要", "chong2qing4 hen3 zhong4yao4"],
    ["还是还钱吧", "hai2shi4 huan2qian2 ba5"],
    ["他长得高", "ta1 zhang3 de5 gao1"],
    ["绿色的女人", "lv4se4 de5 nv3ren2"],
    ["熊用力", "xi5yong2 yong4li4"],
    ["二零二一年", "er4 ling2 er4 yi1 nian2"],
    ["一百一十一个", "yi4 bai3 yi1 shi2 yi1 ge4"],
    ["好吗？！", "hao3 ma5!"],
    ["“等等……”", "deng3deng3,"],
    ["𠮷好", "hao3"],
  ];
  // Which syllables stand together is the ICU dictionary's choice and differs between versions of Node.
  const joined = (spelled: string): string => spelled.replaceAll(" ", "");
  test.each(table)("%s", (text, spelled) => expect(joined(toPinyin(text))).toBe(joined(spelled)));

  test("the syllables of a word stand together, and words apart", () => {
    expect(toPinyin("中国，苹果")).toBe("zhong1guo2, ping2guo3");
    expect(toPinyin("今天天气很好").split(" ").length).toBeGreaterThan(1);
  });
});

test("syllables that eSpeak would read as English are spelled so that it does not", () => {
  expect(["lü4", "nu:3", "xiong1", "jiong3", "ma0", "ma", "ê4", "m2", "hng"].map(espeakSyllable)).toEqual([
    "lv4",
    "nv3",
    "xi5yong1",
    "ji5yong3",
    "ma5",
    "ma5",
    "ei4",
    "en2",
    "heng5",
  ]);
});

test("what is no syllable has no spelling", () => {
  expect(espeakSyllable("乥")).toBeUndefined();
  expect(espeakSyllable("A")).toBe("a5");
});
