import { expect, test } from "vitest";
import { AUDIO_RATE, type SpeechChunk, type TurnId } from "../../../bridge/core/frames.ts";
import { fromMillis, fromSeconds, VirtualClock, type Micros } from "../../../bridge/core/time.ts";
import { AgentSpeech } from "../../../inference/inputs/agent-speech.ts";

const ms = fromMillis;
const turn = 4 as TurnId;

/** `length` ms of a 200 Hz tone from `from` ms on, at `rate`. */
const tone = (from: number, length: number, rate: number): Int16Array =>
  Int16Array.from({ length: (length * rate) / 1_000 }, (_, i) =>
    Math.round(20_000 * Math.sin((2 * Math.PI * 200 * ((from * rate) / 1_000 + i)) / rate)),
  );

const setup = () => {
  const speech = new AgentSpeech();
  const stop = new AbortController();
  const chunks: SpeechChunk[] = [];
  const reading = (async () => {
    for await (const chunk of speech.chunks(turn, { lang: "en", signal: stop.signal })) chunks.push(chunk);
  })();
  /** Lets what waits be read. */
  const settle = (): Promise<void> => new VirtualClock().advance(ms(1));
  return { speech, stop, chunks, reading, settle };
};

test.each([8_000, 16_000, 24_000, 44_100, 48_000])(
  "a turn at %i Hz becomes one unbroken run at 48 kHz of the same length",
  async (rate) => {
    const { speech, chunks, reading } = setup();
    for (let at = 0; at < 1_000; at += 20) speech.push({ sampleRate: rate, pcm: tone(at, 20, rate) });
    speech.finish();
    await reading;
    let next = 0;
    for (const chunk of chunks) {
      expect(chunk).toMatchObject({ turn, sampleRate: AUDIO_RATE, phonemes: undefined, lang: "en" });
      expect(chunk.offset).toBe(Math.round((next * 1e6) / AUDIO_RATE));
      expect(chunk.pcm.length).toBeLessThanOrEqual(9_600);
      next += chunk.pcm.length;
    }
    expect(Math.abs(next - AUDIO_RATE)).toBeLessThan(10);
    const whole = chunks.flatMap((chunk) => [...chunk.pcm]);
    // Away from both ends it is the tone: no seam between pieces or chunks.
    for (let i = 2_000; i < 46_000; i++)
      expect(
        Math.abs((whole[i] ?? 0) - 0.6104 * Math.sin((2 * Math.PI * 200 * i) / AUDIO_RATE)),
      ).toBeLessThan(0.01);
  },
);

test("the first sound waits for 60 ms of it, later sound does not wait", async () => {
  const { speech, chunks, settle, stop, reading } = setup();
  for (const at of [0, 20, 40]) {
    await settle();
    expect(chunks).toHaveLength(0);
    speech.push({ sampleRate: 48_000, pcm: tone(at, 20, 48_000) });
  }
  speech.push({ sampleRate: 48_000, pcm: tone(60, 20, 48_000) });
  await settle();
  expect(chunks).toHaveLength(1);
  speech.push({ sampleRate: 48_000, pcm: tone(80, 10, 48_000) });
  await settle();
  expect(chunks).toHaveLength(2);
  stop.abort(new Error("over"));
  await expect(reading).rejects.toThrow("over");
});

test("a turn shorter than that is spoken when it is whole, and one without sound is empty", async () => {
  const short = setup();
  short.speech.push({ sampleRate: 16_000, pcm: tone(0, 20, 16_000) });
  await short.settle();
  expect(short.chunks).toHaveLength(0);
  short.speech.finish();
  await short.reading;
  expect(short.chunks).toHaveLength(1);
  const empty = setup();
  empty.speech.finish();
  await empty.reading;
  expect(empty.chunks).toHaveLength(0);
});

test("words come with the chunk in which they begin, a clause at a time, those of no sound not at all", async () => {
  const { speech, chunks, reading } = setup();
  const say = (text: string, start: number): void =>
    speech.addWords([{ text, start: ms(start), end: ms(start + 200) }]);
  ["Hello", "there.", "How", "are", "you?", "Later."].forEach((text, i) =>
    say(text, [0, 200, 500, 600, 700, 5_000][i] ?? 0),
  );
  for (let at = 0; at < 1_000; at += 20) speech.push({ sampleRate: 16_000, pcm: tone(at, 20, 16_000) });
  speech.finish();
  await reading;
  const spoken = chunks.filter(({ text }) => text !== "");
  expect(spoken.map(({ text, clause }) => [text, clause])).toEqual([
    ["Hello there.", 0],
    ["How are you?", 1],
  ]);
  expect(spoken[1]?.offset).toBeLessThanOrEqual(ms(500));
  expect(speech.textUpTo(ms(650))).toBe("Hello there. How");
  expect(speech.textUpTo(0 as Micros)).toBe("");
});

test("Chinese words are joined without spaces", () => {
  const { speech } = setup();
  speech.addWords(
    ["你", "好，", "Koharu", "！"].map((text, i) => ({ text, start: ms(i * 100), end: ms(i * 100 + 90) })),
  );
  expect(speech.textUpTo(fromSeconds(1))).toBe("你好，Koharu！");
});

test("another sample rate within a turn, and more than a minute ahead, are refused with fault input", () => {
  const { speech } = setup();
  speech.push({ sampleRate: 16_000, pcm: tone(0, 20, 16_000) });
  expect(() => speech.push({ sampleRate: 24_000, pcm: tone(20, 20, 24_000) })).toThrow(/sample rate changed/);
  const second = new Int16Array(16_000);
  expect(() => {
    for (let i = 0; i < 63; i++) speech.push({ sampleRate: 16_000, pcm: second });
  }).toThrow(/60 s of sound wait/);
});

test("tiny pieces without end fill no memory", () => {
  const { speech } = setup();
  expect(() => {
    for (let i = 0; i < 20_000; i++) speech.push({ sampleRate: 48_000, pcm: Int16Array.of(1) });
  }).toThrow(/wait to be heard/);
});
