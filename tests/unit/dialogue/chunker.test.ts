import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Lang } from "../../../bridge/core/frames.ts";
import { clauses } from "../../../inference/dialogue/chunker.ts";
import { LONGEST_CLAUSE } from "../../../inference/dialogue/text/clause-end.ts";

const never = new AbortController().signal;

async function* from(pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces;
}

const cut = async (text: string | readonly string[], lang: Lang = "en"): Promise<string[]> => {
  const out: string[] = [];
  for await (const clause of clauses(from(typeof text === "string" ? [text] : text), { lang, signal: never }))
    out.push(clause.text);
  return out;
};

describe("text is cut where a speaker would breathe", () => {
  const table: readonly (readonly [string, readonly string[]])[] = [
    [
      "Hello, my name is Bunraku. Nice to meet you.",
      ["Hello, ", "my name is Bunraku. ", "Nice to meet you."],
    ],
    ["It costs $29.99, really. Buy it.", ["It costs $29.99, ", "really. ", "Buy it."]],
    ["It was $29. Then it rose to $30.", ["It was $29. ", "Then it rose to $30."]],
    ["Pi is 3.14159, they say. Good.", ["Pi is 3.14159, ", "they say. ", "Good."]],
    ["Mr. Smith met Dr. Jones. They talked.", ["Mr. Smith met Dr. Jones. ", "They talked."]],
    ["Fruit e.g. apples. Good stuff here.", ["Fruit e.g. apples. ", "Good stuff here."]],
    ["The U.S. team won. Everyone cheered loudly.", ["The U.S. team won. ", "Everyone cheered loudly."]],
    ["See https://a.example/x.y?z=1,2. Then go on.", ["See https://a.example/x.y?z=1,2. ", "Then go on."]],
    [
      "Mail bob.smith@example.com today. Thank you so much.",
      ["Mail bob.smith@example.com today. ", "Thank you so much."],
    ],
    ["Meet at 12:30. Do not be late.", ["Meet at 12:30. ", "Do not be late."]],
    ["Well... maybe. Let me think about it.", ["Well... ", "maybe. ", "Let me think about it."]],
    ["Really?! I had no idea.", ["Really?! ", "I had no idea."]],
    ['He said "stop." Then he left.', ['He said "stop." ', "Then he left."]],
    ["No. 5 is alive. Wonderful news today.", ["No. 5 is alive. ", "Wonderful news today."]],
    ["No. That is wrong.", ["No. ", "That is wrong."]],
    ["[smile, wide] Hi there. How are you?", ["[smile, wide] Hi there. ", "How are you?"]],
    ["*laughs, then waves* Hi there. How are you?", ["*laughs, then waves* Hi there. ", "How are you?"]],
    ["I will be there with my friends", ["I will be there ", "with my friends"]],
    ["你好，我是文乐。很高兴认识你！", ["你好，", "我是文乐。", "很高兴认识你！"]],
    ["好的！我们现在开始吧。", ["好的！", "我们现在开始吧。"]],
    ["原价3.5元，现在12：30开始抢购。", ["原价3.5元，", "现在12：30开始抢购。"]],
    ["我想……也许可以。", ["我想……", "也许可以。"]],
    ["我今天想买一台电脑因为旧的坏了。", ["我今天想买一台电脑", "因为旧的坏了。"]],
    ["你好,世界!今天天气很好。", ["你好,", "世界!", "今天天气很好。"]],
    ["他说：“你好。”然后走了。", ["他说：", "“你好。”", "然后走了。"]],
    ["Line one\nLine two is longer\nEnd", ["Line one ", "Line two is longer ", "End"]],
    ["One. Two. Three. Four. Five. Six seven.", ["One. ", "Two. ", "Three. Four. Five. ", "Six seven."]],
    ["好。行。对。我知道了。", ["好。", "行。", "对。我知道了。"]],
    ["1. Apples and pears", ["1. Apples and pears"]],
    ["", []],
    [" \n ", []],
  ];
  test.each(table)("%j", async (text, expected) => expect(await cut(text)).toEqual(expected));
});

test("an unfinished token waits for what follows, and a finished one leaves at once", async () => {
  const seen: string[] = [];
  const pulled: string[] = [];
  async function* slow(): AsyncGenerator<string> {
    for (const piece of ["It is $29", ".", "99, ", "ok"]) {
      pulled.push(piece);
      yield piece;
    }
  }
  for await (const clause of clauses(slow(), { lang: "en", signal: never })) {
    seen.push(`${clause.text}|${pulled.length}`);
  }
  expect(seen).toEqual(["It is $29.99, |3", "ok|4"]);
});

test("a Chinese comma sends the first clause off without waiting for more", async () => {
  let pulled = 0;
  async function* slow(): AsyncGenerator<string> {
    for (const piece of ["欢迎", "，", "光临"]) {
      pulled++;
      yield piece;
    }
  }
  const first = await clauses(slow(), { lang: "zh", signal: never }).next();
  expect(first.value).toEqual({ text: "欢迎，", lang: "zh", index: 0 });
  expect(pulled).toBe(2);
});

test("the script decides the language of each clause", async () => {
  const langs: string[] = [];
  const text = from(["Hello there. 你好吗？我们都很好。 See you tomorrow. [微笑] Goodbye for now. 2026!"]);
  for await (const clause of clauses(text, { lang: "zh", signal: never }))
    langs.push(`${clause.lang} ${clause.text.trim()}`);
  expect(langs).toEqual([
    "en Hello there.",
    "zh 你好吗？",
    "zh 我们都很好。",
    "en See you tomorrow.",
    "en [微笑] Goodbye for now.",
    "zh 2026!",
  ]);
});

const alphabet = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(..."abcABC 一二三你好 129".split("")) },
  { weight: 3, arbitrary: fc.constantFrom(..."，。、：；！？…—,.;:!? \n\"'”’()[]*$%".split("")) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "$29.",
      "3.14",
      "Mr. ",
      "e.g. ",
      "U.S. ",
      "https://x.y/z?a=1, ",
      "...",
      "……",
      "[smile]",
      "*laughs*",
      "😀",
      "因为",
      " because ",
      "No. ",
      "12:30",
      "a@b.co ",
    ),
  },
);
const texts = fc.array(alphabet, { maxLength: 400 }).map((parts) => parts.join(""));
const bare = (text: string): string => text.replace(/\s/g, "");

test("clauses put together are the text, none is too long, and the pieces it came in make no difference", async () => {
  await fc.assert(
    fc.asyncProperty(
      texts,
      fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 50 }),
      async (text, sizes) => {
        const pieces: string[] = [];
        for (let at = 0, turn = 0; at < text.length; turn++) {
          const size = (sizes[turn % sizes.length] ?? 0) + (turn % sizes.length === 0 ? 1 : 0);
          pieces.push(text.slice(at, at + size));
          at += size;
        }
        const whole = await cut(text);
        expect(bare(whole.join(""))).toBe(bare(text));
        expect(Math.max(0, ...whole.map((clause) => clause.length))).toBeLessThanOrEqual(LONGEST_CLAUSE);
        expect(await cut(pieces)).toEqual(whole);
        expect(await cut(text.split(""))).toEqual(whole);
      },
    ),
    { numRuns: 300 },
  );
});

test("text without any mark is cut before it grows too long", async () => {
  expect((await cut("a".repeat(1_000))).map((clause) => clause.length)).toEqual([200, 200, 200, 200, 200]);
  expect((await cut("😀".repeat(300))).join("")).toBe("😀".repeat(300));
  expect(Math.max(...(await cut("word ".repeat(200))).map((clause) => clause.length))).toBeLessThanOrEqual(
    200,
  );
  expect((await cut(".".repeat(5_000))).join("")).toBe(".".repeat(5_000));
});

test("an abort settles a chunker whose source never answers", async () => {
  const turn = new AbortController();
  async function* stuck(): AsyncGenerator<string> {
    yield "Hello";
    await new Promise(() => undefined);
  }
  const next = clauses(stuck(), { lang: "en", signal: turn.signal }).next();
  turn.abort(new Error("barge-in"));
  await expect(next).rejects.toBe(turn.signal.reason);
});

test("an error of the source is thrown on, and the unfinished clause is not spoken", async () => {
  async function* broken(): AsyncGenerator<string> {
    yield "All is well. And th";
    throw new Error("model died");
  }
  const seen: string[] = [];
  const run = async (): Promise<void> => {
    for await (const clause of clauses(broken(), { lang: "en", signal: never })) seen.push(clause.text);
  };
  await expect(run()).rejects.toThrow("model died");
  expect(seen).toEqual(["All is well. "]);
});
