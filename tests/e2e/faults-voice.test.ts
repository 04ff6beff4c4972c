import { describe, expect, test } from "vitest";
import { OpenAiStandIn } from "../support/openai-stand-in.ts";
import { CLOSES_WITHIN, Session } from "../support/session.ts";
import { sick } from "../support/sick-provider.ts";

describe("a voice in trouble", () => {
  test.each([...sick, [{ kind: "hang-mid-stream", pieces: 2 }, "unreachable"]] as const)(
    "%o: it says so, goes on with the embedded voice, and closes in time",
    async (fault, named) => {
      const standIn = await new OpenAiStandIn({ charactersPerSecond: 25 }).start();
      const session = await Session.start({
        tts: { provider: "openai", baseUrl: standIn.baseUrl, firstByteMs: 500, idleMs: 500 },
      });
      const engine = await session.spectator();
      await engine.answer(0);
      const from = engine.mark;
      standIn.fail("/v1/audio/speech", fault);
      engine.say("One moment, please. Then we go on together.");
      const trouble = await engine.told("trouble", { from });
      expect(trouble.fault).toBe(named);
      expect(trouble.message).toMatch(/speech|voice/i);
      const { text } = await engine.answer(from);
      expect(text).toBe("One moment, please. Then we go on together.");
      standIn.heal();
      const then = engine.mark;
      engine.ask("What is your name?");
      await engine.played("started", { from: then });
      expect(engine.events("trouble", then)).toEqual([]);
      expect(await session.close()).toBeLessThan(CLOSES_WITHIN);
      await standIn.close();
    },
  );

  test("sound that is noise is played and does no harm", async () => {
    const standIn = await new OpenAiStandIn({ charactersPerSecond: 25 }).start();
    const session = await Session.start({ tts: { provider: "openai", baseUrl: standIn.baseUrl } });
    const engine = await session.spectator();
    await engine.answer(0);
    const from = engine.mark;
    standIn.fail("/v1/audio/speech", { kind: "garbage" });
    engine.say("One moment, please.");
    await engine.answer(from);
    standIn.heal();
    const then = engine.mark;
    engine.say("There we are again.");
    expect((await engine.answer(then)).text).toBe("There we are again.");
    expect(await session.close()).toBeLessThan(CLOSES_WITHIN);
    await standIn.close();
  });
});
