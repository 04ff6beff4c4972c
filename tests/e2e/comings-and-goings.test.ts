import { describe, expect, test } from "vitest";
import { CURVE } from "../../bridge/core/arkit.ts";
import { OpenAiStandIn } from "../support/openai-stand-in.ts";
import { CLOSES_WITHIN, Session } from "../support/session.ts";

const LONG = "Tell me a little story.";
const LINE = "This line is long enough for somebody to come or go in the middle of it.";

describe("engines that come and go", () => {
  test("a turn whose only engine goes ends by the clock, and whoever comes back is answered", async () => {
    const session = await Session.start({});
    const engine = await session.spectator();
    await engine.answer(0);
    const watcher = await session.spectator({ audible: false, name: "watcher" });
    const from = watcher.mark;
    engine.say("This line goes on while nobody can hear it.");
    const { turn } = await watcher.told("subtitle", { from });
    await engine.leave();
    const heard = await watcher.told("heard", { from, where: (event) => event.turn === turn });
    expect(heard.interrupted).toBe(false);
    await watcher.told("state", { from, where: ({ state }) => state === "idle" });
    const back = await session.spectator({ name: "back" });
    const then = back.mark;
    back.ask("What is your name?");
    const answer = await back.answer(then);
    expect(answer.turn).toBeGreaterThan(turn);
    expect(answer.text).toMatch(/Koharu/);
    expect(await session.close()).toBeLessThan(CLOSES_WITHIN);
  });

  test("two engines both get face and sound; when the leading one goes the other takes over in the running turn", async () => {
    const session = await Session.start({});
    const first = await session.spectator({ name: "first" });
    await first.answer(0);
    const second = await session.spectator({ name: "second" });
    const from = second.mark;
    first.say(LINE);
    const { turn } = await second.played("started", { from });
    await first.played("started", { turn });
    await first.leave();
    await second.played("ended", { from, turn });
    const heard = await second.told("heard", { from, where: (event) => event.turn === turn });
    expect(heard).toMatchObject({ interrupted: false, text: second.said(turn) });
    expect(first.engine.summary().poses).toBeGreaterThan(60);
    expect(second.engine.summary().poses).toBeGreaterThan(60);
    const then = second.mark;
    second.ask("What is your name?");
    expect((await second.answer(then)).text).toMatch(/Koharu/);
    expect(await session.close()).toBeLessThan(CLOSES_WITHIN);
  });

  test("an engine that joins in the middle of a turn hears the rest of it", async () => {
    const session = await Session.start({});
    const engine = await session.spectator();
    await engine.answer(0);
    const from = engine.mark;
    engine.say(LINE);
    const { turn } = await engine.played("started", { from });
    const late = await session.spectator({ name: "late" });
    await late.played("started", { turn });
    await late.played("ended", { turn });
    await engine.played("ended", { from, turn });
    expect(await session.close()).toBeLessThan(CLOSES_WITHIN);
  });

  test("an interruption takes the lips back to rest on every engine", async () => {
    const session = await Session.start({});
    const witness = await session.peer();
    const engine = await session.spectator();
    await engine.answer(0);
    const from = engine.mark;
    engine.ask(LONG);
    const { turn } = await engine.played("started", { from });
    await engine.told("subtitle", { from, where: (event) => event.turn === turn && event.clause === 1 });
    const before = witness.story.mark;
    engine.engine.command({ kind: "interrupt" });
    const flush = await witness.got("flush", { from: before, where: (message) => message.turn === turn });
    witness.send({ type: "heard", handle: flush.handle, turn, state: "flushed", upTo: 0 as never });
    const flushed = await engine.played("flushed", { from, turn });
    const after = witness.story.all.indexOf(flush);
    const rest = await witness.got("animation", {
      from: after,
      where: ({ pts }) => pts > flushed.pts + 400_000,
    });
    expect(rest.curves[CURVE.jawOpen]).toBeLessThan(0.05);
    const eased = witness.story.all
      .slice(after)
      .flatMap((message) =>
        message.type === "animation" && message.pts < flushed.pts + 120_000 ? [message] : [],
      );
    // What is sent again belongs to no turn: an engine refuses poses of a turn that was flushed.
    expect(eased.length).toBeGreaterThan(2);
    expect(eased.filter((pose) => pose.turn === turn)).toEqual([]);
    expect(await session.close()).toBeLessThan(CLOSES_WITHIN);
  });
});

describe("users who do not wait", () => {
  test("what is asked while it thinks is answered together with what came before", async () => {
    const standIn = await new OpenAiStandIn({
      firstTokenMs: 1_500,
      reply: (words) => `You said ${words.replace(/[.?]/g, "")}.`,
    }).start();
    const session = await Session.start({
      llm: { provider: "openai", baseUrl: standIn.baseUrl, model: "stand-in" },
    });
    const engine = await session.spectator();
    await engine.answer(0);
    const from = engine.mark;
    engine.ask("I have a question.");
    await engine.told("state", { from, where: ({ state }) => state === "thinking" });
    await expect.poll(() => standIn.requests.length, { timeout: 10_000 }).toBe(1);
    engine.ask("What is a puppet?");
    const { text } = await engine.answer(from);
    expect(text).toMatch(/I have a question/);
    expect(text).toMatch(/What is a puppet/);
    expect(engine.events("heard", from).filter(({ interrupted }) => interrupted)).toEqual([]);
    expect(await standIn.requests[0]?.closed).toBe("dropped");
    expect(await session.close()).toBeLessThan(CLOSES_WITHIN);
    await standIn.close();
  });
});
