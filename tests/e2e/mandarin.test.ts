import { describe, expect, test } from "vitest";
import { CURVE } from "../../bridge/core/arkit.ts";
import { modelOrSkip } from "../support/model-store.ts";
import { brief, CLOSES_WITHIN, Session } from "../support/session.ts";
import { withStandIn } from "../support/sick-provider.ts";
import { withinSeconds } from "../support/story.ts";
import { spokenWavs } from "../support/wavs.ts";

const NO_EARS =
  (await modelOrSkip("silero-vad/model")) === undefined
    ? " (skipped: no package registry to fetch the ears' model from)"
    : "";
const HANZI = /^[\p{Script=Han}，。！？；：、“”]+$/u;

describe("Mandarin with one server for ears, mind and voice", () => {
  const stage = withStandIn((standIn) => {
    standIn.options = { ...standIn.options, reply: (user) => `你问的是${user}我慢慢告诉你。` };
    const server = { provider: "openai", baseUrl: standIn.baseUrl, model: "stand-in" };
    return { lang: "zh", asr: server, llm: server, tts: server };
  });

  test("it greets in Mandarin", () => {
    expect(stage.engine.said(1)).toBe(brief.greeting.zh[0]);
  });

  test("a typed question is answered aloud in Mandarin", async () => {
    const from = stage.engine.mark;
    stage.engine.ask("今天天气怎么样？");
    const { turn, text } = await stage.engine.answer(from);
    expect(text).toBe("你问的是今天天气怎么样？我慢慢告诉你。");
    const heard = await stage.engine.told("heard", { where: (event) => event.turn === turn });
    expect(heard).toMatchObject({ text, interrupted: false });
  });

  test.skipIf(NO_EARS !== "")(
    `a spoken question shows its words and is answered aloud in Mandarin${NO_EARS}`,
    async () => {
      const { engine, session, standIn } = stage;
      await withinSeconds("the ears", session.daemon.settled, 60);
      standIn.options = { ...standIn.options, transcript: () => "你叫什么名字？" };
      const [wav = new Uint8Array()] = await spokenWavs(["请问你叫什么名字"], "zh");
      const from = engine.mark;
      engine.play(wav);
      const words = await engine.told("user", { from, where: ({ final }) => final });
      expect(words.text).toBe("你叫什么名字？");
      const request = standIn.requests.findLast(({ path }) => path.endsWith("transcriptions"));
      expect(request?.body).toMatchObject({ language: "zh" });
      expect((await engine.answer(from)).text).toBe("你问的是你叫什么名字？我慢慢告诉你。");
    },
  );
});

test("with the embedded voice and mind a typed Mandarin question is answered aloud in hanzi", async () => {
  const session = await Session.start({ lang: "zh" });
  const witness = await session.peer();
  const engine = await session.spectator();
  await engine.answer(0);
  const from = engine.mark;
  engine.ask("你叫什么名字");
  const { turn, text } = await engine.answer(from);
  expect(text).toMatch(HANZI);
  expect(text).toContain("小春");
  const sound = witness.story.all.flatMap((message) =>
    message.type === "audio" && message.turn === turn ? [...message.pcm] : [],
  );
  expect(sound.length / 48_000).toBeGreaterThan(text.length * 0.1);
  expect(sound.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)).toBeGreaterThan(3_000);
  const jaws = witness.poses().filter((pose) => pose.turn === turn);
  expect(Math.max(...jaws.map((pose) => pose.curves[CURVE.jawOpen] ?? 0))).toBeGreaterThan(0.1);
  expect(await session.close()).toBeLessThan(CLOSES_WITHIN);
});

describe.each([
  ["moonshine", { provider: "moonshine" }],
  ["none", { provider: "none" }],
])("Mandarin with %s for ears", (id, asr) => {
  test("the microphone is refused in one sentence, and everything else works", async () => {
    const session = await Session.start({ lang: "zh", asr });
    const engine = await session.spectator();
    await withinSeconds("the ears to give up", session.daemon.settled);
    await engine.answer(0);
    const from = engine.mark;
    const [wav = new Uint8Array()] = await spokenWavs(["你好"], "zh");
    engine.play(wav);
    const refusal = await engine.told("trouble", { from });
    expect(refusal.fault).toBe("config");
    expect(refusal.message).toMatch(/\p{Script=Han}/u);
    expect(refusal.message).toContain(id);
    if (id === "none") expect(refusal.message).not.toMatch(/understand|听不懂/);
    expect(session.senses().get("ears")).toMatchObject({ status: "bad-config" });
    engine.ask("你是谁");
    expect((await engine.answer(from)).text).toContain("小春");
    expect(engine.events("trouble", from)).toHaveLength(1);
    expect(engine.events("user", from).map(({ text }) => text)).toEqual(["你是谁"]);
    expect(await session.close()).toBeLessThan(CLOSES_WITHIN);
  });
});
