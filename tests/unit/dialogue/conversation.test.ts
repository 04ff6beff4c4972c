import { describe, expect, test } from "vitest";
import { BunrakuError } from "../../../bridge/core/errors.ts";
import type { Micros } from "../../../bridge/core/time.ts";
import { fromMillis } from "../../../bridge/core/time.ts";
import { conversationStage } from "../../support/conversation-stage.ts";

describe("answering", () => {
  test("a question is thought about, answered aloud and remembered", async () => {
    const it = conversationStage(() => ["I am ", "fine. ", "And you?"]);
    it.conversation.ask("How are you?");
    await it.ms(5_000);
    expect(it.states()).toEqual(["thinking", "speaking", "idle"]);
    expect(it.heard()).toEqual(["I am fine. And you?"]);
    it.conversation.ask("Good");
    await it.ms(50);
    expect(it.memory()).toEqual(["user: How are you?", "assistant: I am fine. And you?", "user: Good"]);
  });

  test("the system prompt and the answer follow the language of the user's words", async () => {
    const it = conversationStage((user) => [user.includes("好") ? "我很好。" : "Fine."]);
    it.conversation.ask("用 Unreal 怎么连接，好吗？");
    await it.ms(3_000);
    expect(it.llm.asked[0]?.[0]?.content).toBe("你是小花。");
    expect(it.stage.chunks[0]?.lang).toBe("zh");
    it.conversation.ask("what does 你好 mean, please?");
    await it.ms(3_000);
    expect(it.stage.chunks[1]?.lang).toBe("en");
    it.conversation.ask("12 + 30");
    await it.ms(3_000);
    expect(it.stage.chunks[2]?.lang).toBe("en");
  });

  test("a preset with one language gets its answers in that language", async () => {
    const it = conversationStage(() => ["Fine."], { languages: ["en"] });
    it.conversation.ask("你好吗");
    await it.ms(3_000);
    expect(it.stage.chunks[0]?.lang).toBe("en");
  });

  test("text that is empty is ignored, text that is endless is cut and the user is told", async () => {
    const it = conversationStage(() => ["Fine."]);
    it.conversation.ask("  \n ");
    it.conversation.say("");
    await it.ms(1_000);
    expect(it.events).toEqual([]);
    it.conversation.ask("a".repeat(10_000));
    await it.ms(3_000);
    expect(it.llm.asked[0]?.at(-1)?.content.length).toBe(2_000);
    expect(it.troubles()).toEqual(["input"]);
    expect(it.heard()).toEqual(["Fine."]);
  });

  test("the latency's stages add up to the time from the end of speech to the first sound", async () => {
    const it = conversationStage(() => [120, "Yes", 30, ". Go on."]);
    await it.ms(1_000);
    const endOfSpeech = (it.clock.now() - fromMillis(350)) as Micros;
    const at = (it.clock.now() - fromMillis(50)) as Micros;
    it.conversation.user({
      kind: "turn",
      text: "Well?",
      endOfSpeech,
      at,
      hangover: fromMillis(300),
      asrMs: 40,
    });
    await it.ms(3_000);
    const latency = it.events.find((event) => event.kind === "latency");
    expect(latency).toMatchObject({
      total: 350_000 + 120_000 + 30_000 + 10_000 + 60_000,
      stages: {
        hangover: 300_000,
        asr: 50_000,
        llm: 120_000,
        clause: 30_000,
        voice: 10_000,
        playout: 60_000,
      },
    });
  });
});

describe("barge-in", () => {
  test("an onset in the middle of a sentence stops the puppet; only whole words that were heard are remembered", async () => {
    const it = conversationStage(() => ["One two three. ", "Four five six seven eight."]);
    it.conversation.ask("Count");
    // Sound begins at 70 ms; 11 letters of the first clause end at 1,170 ms, "Four five si" at 2,170.
    await it.ms(2_170);
    it.onset();
    await it.ms(100);
    expect(it.states().at(-1)).toBe("listening");
    expect(it.stage.flushes).toBe(1);
    expect(it.heard()).toEqual(["One two three. Four five"]);
    it.userSays("Stop");
    await it.ms(50);
    expect(it.memory()).toEqual([
      "user: Count",
      "assistant: One two three. Four five —[interrupted]",
      "user: Stop",
    ]);
    expect(it.llm.asked.at(-1)?.[0]?.content).toContain("[interrupted]");
  });

  test("in Mandarin the heard part is counted in characters, never as one word", async () => {
    const it = conversationStage(() => ["今天给大家介绍一款新产品，它的价格是九十九元。"]);
    it.conversation.ask("介绍一下");
    // 70 ms, then eight characters of 300 ms and half of the ninth.
    await it.ms(70 + 2_550);
    it.onset();
    await it.ms(100);
    expect(it.heard()).toEqual(["今天给大家介绍一"]);
    it.userSays("多少钱");
    await it.ms(50);
    expect(it.memory()).toEqual(["user: 介绍一下", "assistant: 今天给大家介绍一——[被打断]", "user: 多少钱"]);
  });

  test("a turn that is stopped before its first sound leaves no answer, and the next words join the first", async () => {
    const it = conversationStage(() => [200, "Fine."]);
    it.userSays("Tell me");
    await it.ms(100);
    it.onset();
    await it.ms(500);
    it.userSays("about puppets");
    await it.ms(50);
    expect(it.memory()).toEqual(["user: Tell me about puppets"]);
    await it.ms(3_000);
    expect(it.heard()).toEqual(["Fine."]);
    expect(it.stage.wrongs).toEqual([]);
  });

  test("sound that was handed over but not heard yet counts as unheard", async () => {
    const it = conversationStage(() => ["Fine."]);
    it.userSays("Hm");
    await it.ms(30);
    it.onset();
    await it.ms(300);
    it.userSays("well");
    await it.ms(20);
    expect(it.memory()).toEqual(["user: Hm well"]);
    expect(it.heard()).toEqual([]);
  });

  test("a cough while the puppet thinks does not cost the answer", async () => {
    const it = conversationStage(() => [300, "Fine."]);
    it.userSays("How are you?");
    await it.ms(100);
    it.onset();
    await it.ms(200);
    it.nothing();
    await it.ms(3_000);
    expect(it.memory()).toEqual(["user: How are you?"]);
    expect(it.heard()).toEqual(["Fine."]);
  });

  test("typed text stops what is being said and is answered", async () => {
    const it = conversationStage((user) => [user === "Stop" ? "Yes." : "One two three four five six."]);
    it.conversation.ask("Count");
    await it.ms(1_000);
    it.conversation.ask("Stop");
    await it.ms(3_000);
    expect(it.heard()).toEqual(["One two", "Yes."]);
    expect(it.stage.wrongs).toEqual([]);
  });

  test("an operator's interrupt is silence when it resolves, and nothing waits behind it", async () => {
    const it = conversationStage(() => ["One two three four five six."]);
    it.conversation.ask("Count");
    it.conversation.say("Later.");
    await it.ms(1_000);
    const silent = it.conversation.interrupt();
    await it.ms(10);
    await silent;
    await it.ms(5_000);
    expect(it.heard()).toEqual(["One two"]);
    expect(it.states().at(-1)).toBe("idle");
  });

  test("an interrupt with nothing going on resolves at once", async () => {
    const it = conversationStage(() => ["x"]);
    await it.conversation.interrupt();
    expect(it.events).toEqual([]);
  });

  test("an engine that never confirms a flush does not wedge the puppet", async () => {
    const it = conversationStage(() => ["One two three."]);
    it.stage.frozen = true;
    it.conversation.ask("Count");
    await it.ms(500);
    it.onset();
    it.stage.frozen = false;
    await it.ms(100);
    it.userSays("Again");
    await it.ms(5_000);
    expect(it.heard().at(-1)).toBe("One two three.");
  });
});

describe("lines", () => {
  test("the greeting is spoken in the puppet's language, once, and only into silence", async () => {
    const it = conversationStage(() => ["Fine."], { lang: "zh" });
    it.conversation.greet();
    it.conversation.greet();
    await it.ms(5_000);
    expect(it.heard()).toEqual(["你好呀。"]);
    it.conversation.ask("你是谁");
    await it.ms(20);
    expect(it.llm.asked[0]?.[0]?.content).toContain("你好呀。");
    expect(it.memory()).toEqual(["user: 你是谁"]);
  });

  test("lines to say wait for the answer and keep their order; too many are refused in words", async () => {
    const it = conversationStage(() => ["Fine."]);
    it.conversation.ask("How are you?");
    for (let line = 0; line < 12; line++) it.conversation.say(`Line ${line}.`);
    await it.ms(20_000);
    expect(it.heard()).toEqual(["Fine.", ...Array.from({ length: 8 }, (_, line) => `Line ${line}.`)]);
    expect(it.troubles()).toEqual(["input", "input", "input", "input"]);
  });

  test("a line does not talk over a user who is speaking", async () => {
    const it = conversationStage(() => ["Fine."]);
    it.onset();
    it.conversation.say("Line.");
    await it.ms(2_000);
    expect(it.stage.chunks).toEqual([]);
    it.userSays("How are you?");
    await it.ms(5_000);
    expect(it.heard()).toEqual(["Fine.", "Line."]);
  });
});

describe("trouble", () => {
  test("a mind that fails at once is excused in words, and the next question is answered", async () => {
    const it = conversationStage((user) =>
      user.includes("again") ? ["Fine."] : [new BunrakuError("unreachable", "No mind.")],
    );
    it.conversation.ask("How are you?");
    await it.ms(5_000);
    expect(it.heard()).toEqual(["Sorry, say it again?"]);
    expect(it.troubles()).toEqual(["unreachable"]);
    it.conversation.ask("again");
    await it.ms(5_000);
    expect(it.heard().at(-1)).toBe("Fine.");
  });

  test("a mind that dies in the middle of a sentence keeps what it said and apologises in the same turn, in its language", async () => {
    const it = conversationStage(() => ["我今天", new BunrakuError("unreachable", "Gone.")]);
    it.conversation.ask("你好吗");
    await it.ms(6_000);
    expect(it.heard()).toEqual(["我今天…抱歉，请再说一遍。"]);
    expect(new Set(it.stage.chunks.map((chunk) => chunk.turn)).size).toBe(1);
    expect(it.troubles()).toEqual(["unreachable"]);
  });

  test("a mind that hangs is given up, and an onset meanwhile is obeyed at once", async () => {
    const it = conversationStage((user) => (user.includes("again") ? ["Fine."] : [{ hang: true }]));
    it.conversation.ask("How are you?");
    await it.ms(44_900);
    expect(it.states()).toEqual(["thinking"]);
    await it.ms(5_000);
    expect(it.heard()).toEqual(["Sorry, say it again?"]);
    it.conversation.ask("and you?");
    await it.ms(100);
    it.onset();
    it.userSays("again");
    await it.ms(2_000);
    expect(it.heard().at(-1)).toBe("Fine.");
  });

  test("a voice that breaks lets the first clause be heard, apologises once and gives up if that fails as well", async () => {
    const it = conversationStage(() => ["One two. Bad luck. Never said."]);
    it.voice.breaksAt = "Bad";
    it.conversation.ask("Count");
    await it.ms(20_000);
    expect(it.heard()).toEqual(["One two.", "Sorry, say it again?"]);
    it.voice.breaksAt = "";
    it.conversation.ask("Count");
    await it.ms(8_000);
    expect(it.troubles()).toEqual(["bug", "bug", "bug"]);
    expect(it.states().at(-1)).toBe("idle");
  });

  test("an answer that nobody can speak is a trouble, not a silence", async () => {
    const it = conversationStage(() => ["🎭 — …"]);
    it.conversation.ask("Hm?");
    await it.ms(5_000);
    expect(it.troubles()).toEqual(["model"]);
    expect(it.heard()).toEqual(["Sorry, say it again?"]);
  });

  test("a voice that makes no sound at all is a trouble of the voice", async () => {
    const it = conversationStage(() => ["One two."]);
    it.voice.mute = true;
    it.conversation.ask("Count");
    await it.ms(5_000);
    const messages = it.events.flatMap((event) => (event.kind === "trouble" ? [event.message] : []));
    expect(messages).toEqual([
      "The voice could not speak any of it.",
      "The voice could not speak any of it.",
    ]);
    expect(it.states().at(-1)).toBe("idle");
  });

  test("an endless answer is cut", async () => {
    const it = conversationStage(() => Array.from({ length: 100_000 }, () => "go on. "));
    it.conversation.ask("Talk");
    await it.ms((4 * 3_600_000) / 10);
    expect(it.stage.chunks.length).toBeLessThan(2_000);
    expect(it.states().at(-1)).toBe("idle");
  }, 60_000);

  test("ears that are broken make the puppet apologise once in 15 seconds, however often they say so", async () => {
    const it = conversationStage(() => ["Fine."]);
    // Open speakers: whatever the puppet says makes the broken ears report again.
    for (let round = 0; round < 7; round++) {
      it.onset();
      it.conversation.user({
        kind: "trouble",
        error: new BunrakuError("model", "No words."),
        at: it.clock.now(),
      });
      await it.ms(4_000);
    }
    expect(it.troubles()).toHaveLength(7);
    expect(it.heard()).toEqual(["Sorry, say it again?", "Sorry, say it again?"]);
  });

  test("after an answer that succeeds the next trouble is excused at once", async () => {
    const it = conversationStage((user) =>
      user.includes("again") ? ["Fine."] : [new BunrakuError("unreachable", "No mind.")],
    );
    const excuse = "Sorry, say it again?";
    it.conversation.ask("How are you?");
    await it.ms(4_000);
    it.conversation.ask("Hello?");
    await it.ms(4_000);
    expect(it.heard()).toEqual([excuse]);
    expect(it.troubles()).toEqual(["unreachable", "unreachable"]);
    expect(it.states().at(-1)).toBe("idle");
    it.conversation.ask("again");
    await it.ms(3_000);
    it.conversation.ask("How are you?");
    await it.ms(4_000);
    expect(it.heard()).toEqual([excuse, "Fine.", excuse]);
  });

  test("the ears' trouble is passed on", () => {
    const it = conversationStage(() => []);
    it.conversation.user({
      kind: "trouble",
      error: new BunrakuError("device", "No microphone."),
      at: 0 as Micros,
    });
    expect(it.troubles()).toEqual(["device"]);
  });
});

describe("closing", () => {
  test.each(["mind", "engine"] as const)(
    "closing while the %s is stuck settles, and nothing is emitted after it",
    async (stuck) => {
      const it = conversationStage(() => (stuck === "mind" ? [{ hang: true }] : ["One two three."]));
      it.stage.frozen = stuck === "engine";
      it.conversation.ask("How are you?");
      await it.ms(500);
      const before = it.events.length;
      const closed = it.conversation.close();
      await it.ms(3_000);
      await closed;
      it.conversation.ask("Still there?");
      it.conversation.say("No.");
      it.conversation.greet();
      it.onset();
      it.userSays("Hello?");
      await it.ms(60_000);
      expect(it.events.length).toBe(before);
      await it.conversation.close();
    },
  );
});
