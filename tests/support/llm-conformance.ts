import { expect, test } from "vitest";
import { BunrakuError } from "../../bridge/core/errors.ts";
import type { Lang } from "../../bridge/core/frames.ts";
import type { Llm, LlmCapabilities } from "../../inference/dialogue/provider.ts";

export const NEVER = new AbortController().signal;

/** All text of an answer. */
export const answerOf = async (
  llm: Llm,
  user: string,
  options: { lang: Lang; signal?: AbortSignal },
): Promise<string> => {
  let text = "";
  const messages = [{ role: "user", content: user }] as const;
  for await (const piece of llm.answer(messages, { lang: options.lang, signal: options.signal ?? NEVER }))
    text += piece;
  return text;
};

/** What every language model must do, whoever makes it. `make` is asked for a fresh one each time. */
export const llmConformance = (
  name: string,
  subject: { capabilities: LlmCapabilities; make: () => Promise<Llm> },
): void => {
  const { capabilities, make } = subject;
  const question: Readonly<Record<Lang, string>> = { en: "Hello, who are you?", zh: "你好，你是谁？" };

  for (const lang of capabilities.languages) {
    test(`${name} answers in ${lang} with words, in more than one piece`, async () => {
      const llm = await make();
      const pieces: string[] = [];
      const messages = [{ role: "user", content: question[lang] }] as const;
      for await (const piece of llm.answer(messages, { lang, signal: NEVER })) pieces.push(piece);
      expect(pieces.join("")).toMatch(lang === "zh" ? /\p{Script=Han}/u : /[a-z]/i);
      expect(pieces.length).toBeGreaterThan(1);
      await llm.close();
    });
  }

  test(`${name} says nothing for a signal that was aborted before`, async () => {
    const llm = await make();
    const reason = new Error("barge-in");
    await expect(answerOf(llm, "hello", { lang: "en", signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    await llm.close();
  });

  test(`${name} stops between two pieces with the signal's own reason`, async () => {
    const llm = await make();
    const turn = new AbortController();
    const reason = new Error("barge-in");
    const read = async (): Promise<void> => {
      for await (const _ of llm.answer([{ role: "user", content: "hello" }], {
        lang: "en",
        signal: turn.signal,
      })) {
        turn.abort(reason);
      }
    };
    await expect(read()).rejects.toBe(reason);
    await llm.close();
  });

  test(`${name} can be left in the middle and answers again`, async () => {
    const llm = await make();
    for await (const _ of llm.answer([{ role: "user", content: "hello" }], { lang: "en", signal: NEVER }))
      break;
    expect(await answerOf(llm, "hello", { lang: "en" })).not.toBe("");
    await llm.close();
  });

  test(`${name} lives through empty, huge and odd questions`, async () => {
    const llm = await make();
    for (const odd of [
      "",
      " ",
      "\u0000\uD800",
      "a".repeat(20_000),
      "？！。",
      "🎭🎭🎭",
      "$&{name}",
      "[object Object]",
    ]) {
      try {
        expect(typeof (await answerOf(llm, odd, { lang: "en" }))).toBe("string");
      } catch (error) {
        expect(error).toBeInstanceOf(BunrakuError);
      }
    }
    await llm.close();
  });

  test(`${name} has a status, and closes twice without complaint`, async () => {
    const llm = await make();
    expect(llm.status().status).toBe("ready");
    await llm.close();
    await llm.close();
    expect(llm.status().status).toBe("stopped");
  });
};
