import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Fault } from "../../bridge/core/errors.ts";
import { OpenAiStandIn, type StandInFault } from "./openai-stand-in.ts";
import { CLOSES_WITHIN, Session } from "./session.ts";
import type { Spectator } from "./spectator.ts";

/** Ways in which every kind of provider can fail, and the fault that a console is told. */
export const sick: readonly (readonly [StandInFault, Fault])[] = [
  [{ kind: "hang-before-headers" }, "unreachable"],
  [{ kind: "html" }, "protocol"],
  [{ kind: "die-mid-sentence", pieces: 3 }, "unreachable"],
  [{ kind: "status", status: 401 }, "auth"],
  [{ kind: "status", status: 500 }, "unreachable"],
];

export interface StandInStage {
  session: Session;
  engine: Spectator;
  standIn: OpenAiStandIn;
}

/** A session for all tests of a `describe`, with a stand-in for some of its senses. The puppet has greeted when a test begins. */
export const withStandIn = (preset: (standIn: OpenAiStandIn) => object): StandInStage => {
  const stage = {} as StandInStage;
  beforeAll(async () => {
    stage.standIn = await new OpenAiStandIn({
      reply: () => "All is well. Ask on.",
      charactersPerSecond: 25,
    }).start();
    stage.session = await Session.start(preset(stage.standIn));
    stage.engine = await stage.session.spectator();
    await stage.engine.answer(0);
  });
  afterEach(() => stage.standIn.heal());
  afterAll(async () => {
    // A daemon closes in time while a request hangs, too.
    for (const path of ["/v1/chat/completions", "/v1/audio/speech"] as const)
      stage.standIn.fail(path, { kind: "hang-before-headers" });
    stage.engine.ask("Are you still there?");
    expect(await stage.session.close()).toBeLessThan(CLOSES_WITHIN);
    await stage.standIn.close();
  });
  return stage;
};
