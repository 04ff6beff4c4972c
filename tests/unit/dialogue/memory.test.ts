import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SpeechChunk, TurnId } from "../../../bridge/core/frames.ts";
import { fromMillis, type Micros } from "../../../bridge/core/time.ts";
import { Memory } from "../../../inference/dialogue/memory.ts";
import { Reply } from "../../../inference/dialogue/reply.ts";
import { replyLang } from "../../../inference/dialogue/reply-lang.ts";

const memory = (options: { messages?: number; characters?: number } = {}): Memory =>
  new Memory({ system: { en: "Be brief.", zh: "简短。" }, ...options });

const lines = (of: Memory): string[] => of.messages("en").map(({ role, content }) => `${role}: ${content}`);

describe("what a puppet remembers", () => {
  test("the system prompt comes first, in the language of the answer", () => {
    const it = memory();
    it.user("hello");
    expect(it.messages("zh")[0]).toEqual({ role: "system", content: "简短。" });
    expect(lines(it)).toEqual(["system: Be brief.", "user: hello"]);
  });

  test("words that were never answered become one turn, in both scripts", () => {
    const it = memory();
    it.user("Tell me");
    it.user("about puppets");
    expect(it.unanswered).toBe(true);
    expect(lines(it).slice(1)).toEqual(["user: Tell me about puppets"]);
    const zh = memory();
    zh.user("请告诉我");
    zh.user("木偶的故事");
    expect(lines(zh).slice(1)).toEqual(["user: 请告诉我木偶的故事"]);
  });

  test("an answer that was cut is marked, and the model is told what the mark means", () => {
    const it = memory();
    it.user("Count");
    it.agent("One two", { lang: "en", interrupted: true });
    expect(lines(it).at(-1)).toBe("assistant: One two —[interrupted]");
    expect(lines(it)[0]).toContain("was cut off there by the user");
  });

  test("nothing is kept of an answer that nobody heard", () => {
    const it = memory();
    it.user("Count");
    it.agent(" ", { lang: "en", interrupted: true });
    expect(lines(it).slice(1)).toEqual(["user: Count"]);
  });

  test("what was said before the first question moves into the prompt: some models refuse to speak first", () => {
    const it = memory();
    it.agent("Welcome.", { lang: "en", interrupted: false });
    it.agent("Come in.", { lang: "en", interrupted: false });
    it.user("Hi");
    expect(lines(it)).toEqual(["system: Be brief.\n\nYou have already said: Welcome. Come in.", "user: Hi"]);
  });

  test("whatever happens, roles alternate, the user opens, and both bounds hold", () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.string({ maxLength: 300 })), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (steps) => {
        const it = memory({ messages: 6, characters: 500 });
        for (const [user, text] of steps) {
          if (user) it.user(text);
          else it.agent(text, { lang: "en", interrupted: false });
        }
        it.user("last");
        const [system, ...rest] = it.messages("en");
        expect(system?.role).toBe("system");
        expect(rest.map(({ role }) => role)).toEqual(
          rest.map((_, at) => (at % 2 === 0 ? "user" : "assistant")),
        );
        expect(rest.length).toBeLessThanOrEqual(6);
        expect(rest.reduce((sum, { content }) => sum + content.length, 0)).toBeLessThanOrEqual(500);
        expect(rest.at(-1)?.content.endsWith("last")).toBe(true);
      }),
    );
  });
});

const chunk = (at: {
  clause: number;
  offset: number;
  ms: number;
  text: string;
  ends?: number[];
}): SpeechChunk => ({
  turn: 1 as TurnId,
  clause: at.clause,
  offset: fromMillis(at.offset),
  sampleRate: 1_000,
  pcm: new Float32Array(at.ms),
  text: at.text,
  lang: "en",
  phonemes: at.ends?.map((end) => ({ symbol: "a", start: fromMillis(end - 10), end: fromMillis(end) })),
});

describe("what was heard of a reply", () => {
  test("whole clauses, then whole words", () => {
    const reply = new Reply();
    reply.add(chunk({ clause: 0, offset: 0, ms: 600, text: "Yes, dear." }));
    reply.add(chunk({ clause: 1, offset: 600, ms: 1_000, text: "Four five, sixes!" }));
    reply.end();
    const heard = [0, 200, 300, 600, 850, 920, 1_599, 1_600, 9_000].map((ms) =>
      reply.textUpTo(fromMillis(ms)),
    );
    const all = "Yes, dear. Four five, sixes!";
    const cut = ["", "", "Yes", "Yes, dear.", "Yes, dear.", "Yes, dear. Four", "Yes, dear. Four five, sixes"];
    expect(heard).toEqual([...cut, all, all]);
  });

  test("pieces of one clause count as one", () => {
    const reply = new Reply();
    reply.add(chunk({ clause: 0, offset: 0, ms: 500, text: "One two three four." }));
    reply.add(chunk({ clause: 0, offset: 500, ms: 500, text: "" }));
    reply.end();
    expect(reply.textUpTo(fromMillis(500))).toBe("One two");
    expect(reply.text).toBe("One two three four.");
  });

  test("where phonemes have times they decide, not the even share: a pause at the end holds no words", () => {
    const reply = new Reply();
    reply.add(
      chunk({
        clause: 0,
        offset: 0,
        ms: 2_000,
        text: "aa bb cc dd",
        ends: [100, 200, 300, 400, 500, 600, 700, 800],
      }),
    );
    reply.end();
    expect(reply.textUpTo(fromMillis(420))).toBe("aa bb");
    expect(reply.textUpTo(fromMillis(800))).toBe("aa bb cc dd");
  });

  test("of a clause that is still being synthesised only what its pace allows was heard", () => {
    const reply = new Reply();
    reply.add(chunk({ clause: 0, offset: 0, ms: 400, text: "今天给大家介绍一款新产品" }));
    expect(reply.textUpTo(fromMillis(400)).length).toBeLessThan(3);
  });

  test("the heard text only grows, is a beginning of the whole, and ends whole", () => {
    const clause = fc.record({
      text: fc.stringMatching(/^[a-z 你好，0-9.]{0,20}$/),
      ms: fc.integer({ min: 1, max: 3_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(clause, { maxLength: 6 }),
        fc.array(fc.nat(20_000), { maxLength: 10 }),
        (clauses, times) => {
          const reply = new Reply();
          let offset = 0;
          for (const [index, { text, ms }] of clauses.entries()) {
            reply.add(chunk({ clause: index, offset, ms, text }));
            offset += ms;
          }
          reply.end();
          let last = "";
          for (const time of [...times].sort((a, b) => a - b)) {
            const text = reply.textUpTo(fromMillis(time));
            expect(text.startsWith(last.trimEnd())).toBe(true);
            expect(reply.text.startsWith(text.trimEnd())).toBe(true);
            last = text;
          }
          expect(reply.textUpTo(fromMillis(offset))).toBe(reply.text);
          expect(reply.textUpTo(0 as Micros)).toBe("");
        },
      ),
    );
  });
});

test.each([
  ["How are you?", "en"],
  ["你好吗", "zh"],
  ["用 Unreal Engine 怎么连接 MetaHuman", "zh"],
  ["what does 你好 mean", "en"],
  ["3 + 4", "en"],
  ["", "en"],
] as const)("an answer to %j is in %s", (text, lang) => {
  expect(replyLang(text, { base: "en", languages: ["en", "zh"] })).toBe(lang);
});
