import { beforeAll, describe, expect, test } from "vitest";
import { modelOrSkip } from "../support/model-store.ts";
import { brief } from "../support/session.ts";
import { sick, withStandIn } from "../support/sick-provider.ts";
import { withinSeconds } from "../support/story.ts";
import { spokenWavs } from "../support/wavs.ts";

const NO_EARS =
  (await modelOrSkip("silero-vad/model")) === undefined
    ? " (skipped: no package registry to fetch the ears' model from)"
    : "";
const apologies: readonly string[] = brief.lines.trouble.en;

describe.skipIf(NO_EARS !== "")(`ears in trouble${NO_EARS}`, () => {
  const stage = withStandIn(({ baseUrl }) => ({
    asr: { provider: "openai", baseUrl, model: "stand-in", timeoutMs: 500 },
  }));
  let wav: Uint8Array;
  beforeAll(async () => {
    [wav = new Uint8Array()] = await spokenWavs(["Who are you?"]);
    await withinSeconds("the ears", stage.session.daemon.settled, 60);
    stage.standIn.options = { ...stage.standIn.options, transcript: () => "Who are you?" };
  });

  test.each([
    ...sick.filter(([{ kind }]) => kind !== "die-mid-sentence"),
    [{ kind: "garbage" }, "protocol"],
  ] as const)("%o: it says so, apologises aloud, and hears the next words", async (fault, named) => {
    const { engine, standIn } = stage;
    const from = engine.mark;
    standIn.fail("/v1/audio/transcriptions", fault);
    engine.play(wav);
    const trouble = await engine.told("trouble", { from });
    expect(trouble.fault).toBe(named);
    expect(trouble.message).toMatch(/recogni|transcri/i);
    const apology = await engine.told("subtitle", { from });
    expect(apologies.some((line) => line.includes(apology.text.trim()))).toBe(true);
    await engine.played("started", { from, turn: apology.turn });
    standIn.heal();
    const then = engine.mark;
    engine.play(wav);
    await engine.told("user", { from: then, where: ({ final, text }) => final && text === "Who are you?" });
    const answer = await engine.told("subtitle", {
      from: then,
      where: ({ turn, text }) => turn > apology.turn && /Koharu/.test(text),
    });
    await engine.played("started", { from: then, turn: answer.turn });
    engine.engine.command({ kind: "interrupt" });
    await engine.played("flushed", { from: then, turn: answer.turn });
  });
});
