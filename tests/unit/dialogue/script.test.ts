import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BunrakuError } from "../../../bridge/core/errors.ts";
import type { Lang } from "../../../bridge/core/frames.ts";
import { llmProviders } from "../../../inference/dialogue/llm/list.ts";
import { parsePersona } from "../../../inference/dialogue/llm/persona.ts";
import { matchAt, phraseOf, plain, unitsOf } from "../../../inference/dialogue/llm/phrase.ts";
import { ScriptedMind, scriptLlm } from "../../../inference/dialogue/llm/script.ts";
import { sumIn } from "../../../inference/dialogue/llm/sum.ts";
import { spokenTime } from "../../../inference/dialogue/llm/wall-time.ts";
import { Memory } from "../../../inference/dialogue/memory.ts";
import { llmConformance, NEVER } from "../../support/llm-conformance.ts";
import { toolsOf } from "../../support/provider-tools.ts";

const FILE = new URL("../../../configs/characters/default.yaml", import.meta.url);
const persona = parsePersona(readFileSync(FILE, "utf8"), "default.yaml");

/** A talk with the default character, with the memory that a conversation has. Ten past three in the afternoon, 5 May 2026. */
const mind = new ScriptedMind(persona, () => new Date(2026, 4, 5, 15, 10));
const talk = () => {
  const memory = new Memory({ system: persona.system });
  return {
    say: async (text: string, lang: Lang = "en"): Promise<string> => {
      memory.user(text);
      let answer = "";
      for await (const piece of mind.answer(memory.messages(lang), { lang, signal: NEVER })) answer += piece;
      memory.agent(answer, { lang, interrupted: false });
      return answer;
    },
  };
};

const intentOf = (id: string): readonly string[] => {
  const intent = persona.script.intents.find((one) => one.id === id);
  return [...(intent?.answer.en ?? []), ...(intent?.answer.zh ?? [])];
};

llmConformance("script", {
  capabilities: scriptLlm(persona).capabilities,
  make: () => llmProviders(persona)[0].create({}, toolsOf()),
});

describe("what the default character understands", () => {
  test.each([
    ["Hello!", "hello"],
    ["  HI there ", "hello"],
    ["What's your name?", "who"],
    ["WHO ARE YOU", "who"],
    ["Are you a real person?", "what"],
    ["are you an AI", "what"],
    ["how can I plug in a language model", "language-model"],
    ["What is bunraku?", "bunraku"],
    ["how do your lips work", "lips"],
    ["Can you hear me?", "hear"],
    ["Thanks!", "thanks"],
    ["Thank you very much.", "thanks"],
    ["good bye", "bye"],
    ["tell me a joke", "joke"],
    ["What's the weather like today?", "weather"],
    ["hello, what can you do?", "help"],
    ["how old are you", "age"],
    ["你好", "hello"],
    ["你好！请问你叫什么名字呀？", "who"],
    ["你是机器人吗", "what"],
    ["文乐是什么？", "bunraku"],
    ["谢谢你", "thanks"],
    ["再见", "bye"],
    ["讲个笑话吧", "joke"],
    ["今天天气怎么样", "weather"],
    ["你会做什么", "help"],
    ["ＨＥＬＬＯ", "hello"],
    ["怎么接语言模型", "language-model"],
    ["Do you speak Chinese?", "languages"],
  ])("%j is understood as %s", async (text, id) => {
    const lang: Lang = /\p{Script=Han}/u.test(text) ? "zh" : "en";
    expect(intentOf(id)).toContain(await talk().say(text, lang));
  });

  test("it says plainly that it is a script, and the command that changes it, in both languages", async () => {
    expect(await talk().say("what are you?")).toMatch(/not a language model.*bunraku start local/);
    expect(await talk().say("你是什么", "zh")).toMatch(/没有语言模型.*bunraku start local/);
  });

  test("what it does not know it repeats, and offers a topic, another one each time", async () => {
    const it = talk();
    const first = await it.say("Why is the sky blue over Naples?");
    expect(first).toContain("Why is the sky blue over Naples");
    const second = await it.say("Explain quantum chromodynamics");
    const third = await it.say("Explain quantum chromodynamics");
    expect(new Set([first, second, third]).size).toBe(3);
    expect(await talk().say("量子色动力学", "zh")).toContain("量子色动力学");
  });

  test("hello in a long question is not the answer to it", async () => {
    const answer = await talk().say("hello could somebody explain gravitational lensing to my aunt");
    expect(intentOf("hello")).not.toContain(answer);
  });

  test("the same question gets every answer before one comes again", async () => {
    const it = talk();
    const answers = [];
    for (let turn = 0; turn < 30; turn++) answers.push(await it.say("how are you"));
    const variants = intentOf("how-are-you").length / 2;
    for (let turn = variants; turn < answers.length; turn++)
      expect(answers[turn]).toBe(answers[turn - variants]);
    expect(new Set(answers).size).toBe(variants);
  });

  test("the same conversation is answered the same way", async () => {
    const run = async (): Promise<string[]> => {
      const it = talk();
      const answers = [];
      for (const text of ["hi", "my name is Ana", "what is my name", "qwerty", "hi"])
        answers.push(await it.say(text));
      return answers;
    };
    expect(await run()).toEqual(await run());
  });

  test("it remembers a name, and says so when it has none", async () => {
    const it = talk();
    expect(await it.say("What is my name?")).toBe("You have not told me your name yet.");
    expect(await it.say("My name is Ana and I like puppets")).toContain("Ana");
    expect(await it.say("so what is my name?")).toMatch(/Ana\.$/);
    expect(await it.say("我叫小明。", "zh")).toContain("小明");
    expect(await it.say("我叫什么", "zh")).toContain("小明");
  });

  test("it tells the time and the date of the wall", async () => {
    expect(await talk().say("what time is it?")).toBe("It is 3:10 in the afternoon.");
    expect(await talk().say("What day is it today?")).toBe("Today is Tuesday, May 5.");
    expect(await talk().say("现在几点了", "zh")).toBe("现在是下午3点10分。");
    expect(spokenTime(new Date(2026, 0, 1, 0, 0), "en").time).toBe("12 o'clock in the morning");
    expect(spokenTime(new Date(2026, 0, 1, 0, 5), "zh").time).toBe("凌晨12点5分");
  });

  test("it repeats after the user, and repeats itself when asked", async () => {
    const it = talk();
    expect(await it.say("Repeat after me: Peter Piper picked a pepper!")).toBe(
      "Peter Piper picked a pepper.",
    );
    expect(await it.say("pardon?")).toBe("I said, Peter Piper picked a pepper.");
    expect(await talk().say("跟我说：八百标兵，奔北坡", "zh")).toBe("八百标兵，奔北坡。");
  });

  test("every line is short enough to be listened to, and nothing is left unfilled", async () => {
    for (const { answer, id } of persona.script.intents) {
      for (const line of answer.en) expect(line.split(" ").length, `${id}: ${line}`).toBeLessThan(40);
      for (const line of answer.zh) expect(line.length, `${id}: ${line}`).toBeLessThan(80);
    }
    for (const { match } of persona.script.intents) {
      for (const phrase of match.en) expect(await talk().say(phrase), phrase).not.toMatch(/[{}]|undefined/);
      for (const phrase of match.zh)
        expect(await talk().say(phrase, "zh"), phrase).not.toMatch(/[{}]|undefined/);
    }
  });

  test("every phrase of the file leads to its own intent", async () => {
    const lost: string[] = [];
    for (const { id, match, answer } of persona.script.intents) {
      if (["sum", "echo", "user-name", "time", "date", "repeat", "my-name"].includes(id)) continue;
      for (const [lang, phrases] of [
        ["en", match.en],
        ["zh", match.zh],
      ] as const) {
        for (const phrase of phrases) {
          const said = await talk().say(phrase.replace("*", "the"), lang);
          const own = answer[lang].some((line) => said.slice(0, 8) === line.slice(0, 8));
          if (!own) lost.push(`${id}: ${phrase} → ${said}`);
        }
      }
    }
    expect(lost).toEqual([]);
  });

  test("whatever is said, something is said back, and no braces", async () => {
    const text = fc.string({ unit: "grapheme", maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom<Lang>("en", "zh"), async (text, lang) => {
        const answer = await talk().say(`x ${text}`, lang);
        expect(answer.trim()).not.toBe("");
      }),
    );
  });
});

describe("phrases", () => {
  const found = (phrase: string, text: string): boolean => {
    const units = unitsOf(plain(text));
    return units.some((_, at) => matchAt(phraseOf(phrase), units, at) !== undefined);
  };

  test.each([
    ["what is", "What’s up", true],
    ["do not", "I don't know", true],
    ["can not", "I can't", true],
    ["puppet", "three PUPPETS", true],
    ["how * lips", "how do your lips", true],
    ["how * lips", "how do you think that lips", false],
    ["art", "party", false],
    ["你*名字", "你能告诉我名字吗", true],
    ["你好", "您，你好", true],
    ["a b", "a c b", false],
    ["", "anything", false],
  ])("%j in %j: %s", (phrase, text, expected) => {
    expect(found(phrase, text)).toBe(expected);
  });
});

describe("sums", () => {
  test.each([
    ["What is twelve times seven?", 84],
    ["2+2", 4],
    ["how much is 3 plus 4 times 5", 23],
    ["a hundred minus one", undefined],
    ["one hundred and five minus five", 100],
    ["10 / 4", 2.5],
    ["7 divided by 0", undefined],
    ["两百加三十五等于多少", 235],
    ["十二乘以七", 84],
    ["一百二十三减二十三是多少？", 100],
    ["8除以3", 2.67],
    ["１２×３", 36],
    ["1,000 + 1", 1_001],
    ["三万减一", 29_999],
  ])("%j is %s", (text, value) => {
    expect(sumIn(text)?.value).toBe(value);
  });

  test.each([
    "five apples and plus",
    "plus",
    "twelve",
    "2026-05-05",
    "the times are a-changing",
    "",
    "call 555-1234 now",
  ])("%j is no sum", (text) => {
    expect(sumIn(text)).toBeUndefined();
  });

  test("sums of whole numbers are right", () => {
    const term = fc.tuple(fc.constantFrom("+", "-", "*"), fc.integer({ min: 0, max: 999 }));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 999 }),
        fc.array(term, { minLength: 1, maxLength: 3 }),
        (first, terms) => {
          const text = `${first} ${terms.map(([sign, value]) => `${sign} ${value}`).join(" ")}`;
          let sum = 0;
          let product = first;
          for (const [sign, value] of terms) {
            if (sign === "*") product *= value;
            else {
              sum += product;
              product = sign === "+" ? value : -value;
            }
          }
          const expected = sum + product;
          expect(sumIn(text)?.value).toBe(Math.abs(expected) < 1e12 ? expected : undefined);
        },
      ),
    );
  });

  test("a sum is answered, a division by zero is declined", async () => {
    expect(await talk().say("What is 12 times 7?")).toBe("That makes 84.");
    expect(await talk().say("三减五", "zh")).toBe("等于负2。");
    expect(await talk().say("seven divided by zero")).toContain("Dividing by zero is beyond");
  });
});

describe("character files", () => {
  test("every problem is said at once, each with its place", () => {
    const text =
      "version: 2\nname: { en: A }\ngreeting: { en: [], zh: x }\nscript: { intents: [{ id: Bad Id }] }\nextra: 1";
    let error: unknown;
    try {
      parsePersona(text, "mine.yaml");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(BunrakuError);
    const { fault, message } = error as BunrakuError;
    expect(fault).toBe("config");
    for (const place of [
      "mine.yaml",
      "version",
      "name.zh",
      "system",
      "greeting.en",
      "lines",
      "script.intents.0.id",
      "extra",
    ])
      expect(message).toContain(place);
  });

  test("broken YAML and a billion laughs are faults with a sentence", () => {
    expect(() => parsePersona("a: [1, 2\nb: }")).toThrow(/character has/);
    const laughs = `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b, *b, *b, *b, *b]`;
    expect(() => parsePersona(laughs)).toThrow(BunrakuError);
  });

  test("an intent twice, or one that nothing can call, is refused", () => {
    const twice = structuredClone(persona) as unknown as {
      script: { intents: { id: string; match: object }[] };
    };
    const [first] = twice.script.intents;
    if (first !== undefined) twice.script.intents.push({ ...first, match: { en: [], zh: [] } });
    expect(() => parsePersona(JSON.stringify(twice))).toThrow(/used twice: hello[\s\S]*no phrase at all/);
  });
});
