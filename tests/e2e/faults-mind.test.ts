import { describe, expect, test } from "vitest";
import { brief } from "../support/session.ts";
import { sick, withStandIn } from "../support/sick-provider.ts";

const apologies: readonly string[] = brief.lines.trouble.en;

describe("a mind in trouble", () => {
  const stage = withStandIn(({ baseUrl }) => ({
    llm: { provider: "openai", baseUrl, model: "stand-in", firstTokenMs: 500, idleMs: 500 },
  }));

  test.each([
    ...sick,
    [{ kind: "garbage" }, "protocol"],
    [{ kind: "hang-mid-stream", pieces: 3 }, "unreachable"],
  ] as const)("%o: it says so, apologises aloud, and answers the next question", async (fault, named) => {
    const { engine, standIn } = stage;
    const from = engine.mark;
    standIn.fail("/v1/chat/completions", fault);
    engine.ask("How are you?");
    const trouble = await engine.told("trouble", { from });
    expect(trouble.fault).toBe(named);
    expect(trouble.message).toContain("language model");
    const apology = await engine.told("subtitle", {
      from,
      where: ({ text }) => apologies.some((line) => line.includes(text.trim())),
    });
    await engine.played("started", { from, turn: apology.turn });
    standIn.heal();
    const then = engine.mark;
    engine.ask("And now?");
    const answer = await engine.told("subtitle", { from: then, where: ({ turn }) => turn > apology.turn });
    await engine.played("ended", { from: then, turn: answer.turn });
    expect(engine.said(answer.turn)).toBe("All is well. Ask on.");
  });
});
