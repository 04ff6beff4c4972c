import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { pinyin } from "pinyin-pro";
import { silentLog } from "../../../bridge/core/log.ts";
import type { Phoneme, TurnId } from "../../../bridge/core/frames.ts";
import { fromSamples, fromSeconds, SystemClock, VirtualClock } from "../../../bridge/core/time.ts";
import type { Tts } from "../../../inference/dialogue/provider.ts";
import { espeakSyllable } from "../../../inference/dialogue/text/pinyin.ts";
import { EspeakChild } from "../../../inference/dialogue/tts/espeak-child.ts";
import { espeak, espeakLines, espeakVoice, processEntry } from "../../../inference/dialogue/tts/espeak.ts";
import { Voice } from "../../../inference/dialogue/voice.ts";
import { levelsOf, secondsOf, spoken, ttsConformance } from "../../support/tts-conformance.ts";

const entry = processEntry(new URL("../../../inference/dialogue/tts/espeak.ts", import.meta.url).href);
const options = espeak.options.parse({});
const never = new AbortController().signal;
const env = { PATH: process.env["PATH"] };
const newChild = (clock = new SystemClock() as SystemClock | VirtualClock, at: URL = entry): EspeakChild =>
  new EspeakChild({ entry: at, clock, log: silentLog, env });
const make = (): Promise<Tts> =>
  espeak.create(options, {
    clock: new SystemClock(),
    log: silentLog,
    env,
    modelFile: () => Promise.reject(new Error()),
  });

/** A process in place of eSpeak's: unless told otherwise one that starts and then never answers. */
const stuckFile = async (
  body = "process.send({ kind: 'ready', rate: 22050 }); process.on('message', () => {}); process.on('disconnect', () => process.exit());",
): Promise<URL> => {
  const file = join(await mkdtemp(join(tmpdir(), "bunraku-tts-")), "process.mjs");
  await writeFile(file, body);
  return pathToFileURL(file);
};

test("the eSpeak process has been built", () =>
  expect(existsSync(entry), "run npm run build first").toBe(true));

describe("espeak conforms", () => {
  ttsConformance({
    make,
    makeStuck: async () => ({
      tts: espeakVoice(newChild(new SystemClock(), await stuckFile()), options),
      release: async () => undefined,
    }),
    phonemes: true,
  });
});

describe("the embedded voice", () => {
  let child: EspeakChild;
  let tts: Tts;
  beforeAll(() => {
    child = newChild();
    tts = espeakVoice(child, options);
  });
  afterAll(() => tts.close());

  const symbols = async (text: string, lang: "en" | "zh"): Promise<string> =>
    (await spoken(tts, text, lang))
      .flatMap((piece) => piece.phonemes ?? [])
      .map((phoneme) => phoneme.symbol)
      .filter((symbol) => symbol !== "_")
      .join(" ");

  test.each([
    ["en", "Pleased to meet you; my name is Bunraku."],
    ["zh", "大家好，欢迎来到我们的直播间。"],
  ] as const)(
    "sounds like speech in %s: syllables rise over gaps, and no sample clips",
    async (lang, text) => {
      const pieces = await spoken(tts, text, lang);
      const levels = levelsOf(pieces);
      const loud = levels.filter((level) => level > -30).length / levels.length;
      const quiet = levels.filter((level) => level < -40).length;
      expect(loud).toBeGreaterThan(0.5);
      expect(quiet).toBeGreaterThan(1);
      // Syllables: local maxima at least 3 dB over the windows around them.
      const peaks = levels.filter((level, at) => level > -30 && level > (levels[at - 2] ?? -99) + 3).length;
      expect(peaks).toBeGreaterThanOrEqual(4);
      const clipped = pieces
        .flatMap((piece) => Array.from(piece.pcm))
        .filter((sample) => Math.abs(sample) > 0.999).length;
      expect(clipped).toBe(0);
    },
  );

  test("English is English and Mandarin is Mandarin", async () => {
    expect(await symbols("My name is Peter.", "en")).toBe("m aɪ n ˈeɪ m ɪ z p ˈiː ɾ ɚ");
    expect((await symbols("中国人。", "zh")).replaceAll(/[ˈˌ]/g, "")).toBe("ts. onɡ k uo ʐ ə n");
  });

  test("a Latin word inside Mandarin is said by the English voice, in its place", async () => {
    const said = await symbols("我喜欢 Python 语言。", "zh");
    expect(said).toMatch(/χ.*p.*θ.*j.*n/);
    expect(espeakLines("我喜欢 Python 语言。", "zh").map((line) => line.voice)).toEqual([
      "cmn-latn-pinyin",
      "en-us",
      "cmn-latn-pinyin",
    ]);
  });

  test("a comma makes a pause, and a clause ends without one", async () => {
    const pieces = await spoken(tts, "你好，世界。", "zh");
    const levels = levelsOf(pieces);
    expect(levels.some((level) => level < -80)).toBe(true);
    expect(levels.at(-1)).toBeGreaterThan(-80);
  });

  test("through Voice, phonemes lie inside the sound of their own clause", async () => {
    const voice = new Voice({ tts, clock: new SystemClock(), log: silentLog });
    async function* text(): AsyncGenerator<string> {
      yield* ["Hello, my na", "me is Bunraku. 我来自日本，", "很高兴认识你！"];
    }
    const clauses = new Map<number, { start: number; end: number; phonemes: readonly Phoneme[] }>();
    for await (const chunk of voice.speak(1 as TurnId, text(), { lang: "en", signal: never })) {
      const end = chunk.offset + fromSamples(chunk.pcm.length, chunk.sampleRate);
      const known = clauses.get(chunk.clause);
      if (known === undefined)
        clauses.set(chunk.clause, { start: chunk.offset, end, phonemes: chunk.phonemes ?? [] });
      else known.end = end;
    }
    expect(clauses.size).toBe(3);
    let before = 0;
    for (const { start, end, phonemes } of clauses.values()) {
      expect(start).toBeGreaterThanOrEqual(before);
      expect(phonemes[0]?.start).toBeGreaterThanOrEqual(start);
      expect(phonemes.at(-1)?.end).toBeLessThanOrEqual(end + 1);
      before = end;
    }
  });

  test("no toned syllable of the dictionary is said in English", async () => {
    const syllables = new Set<string>();
    for (let code = 0x4e00; code <= 0x9fff; code++)
      for (const reading of pinyin(String.fromCodePoint(code), {
        multiple: true,
        type: "array",
        toneType: "num",
        v: true,
      }))
        if (/^[a-zê]+\d$/.test(reading)) syllables.add(reading);
    expect(syllables.size).toBeGreaterThan(1_300);
    const respelled = [...syllables].map((syllable) => ({ syllable, text: espeakSyllable(syllable) ?? "" }));
    const inEnglish: string[] = [];
    for (const { syllable, text } of respelled) {
      const { events, pcm } = await child.speak(
        { text, voice: "cmn-latn-pinyin", rate: 450, pitch: 50 },
        never,
      );
      const sounding = events.filter((event) => event.symbol !== "" && !event.symbol.startsWith("("));
      if (events.some((event) => event.symbol.startsWith("(")) || sounding.length === 0 || pcm.length < 500)
        inEnglish.push(`${syllable} as ${text}`);
    }
    expect(inEnglish).toEqual([]);
  }, 60_000);

  test("rubbish is never spoken as rubbish", () => {
    const lines = (text: string): string =>
      espeakLines(text, "en")
        .map((line) => line.text)
        .join(" | ");
    expect(lines("**Great** `code` #tag 😀 <b>bold</b> &amp; [wink] more :) done.")).toBe(
      "Great code tag bold and more done.",
    );
    expect(lines("See https://www.example.com/a?b=c#d.")).toBe("See example dot com.");
    expect(lines("Привет мир")).toBe("");
    expect(lines("\u0007\u0000a\u200bb\ud800")).toBe("ab,");
  });
});

const line = { text: "hello", voice: "en-us", rate: 170, pitch: 50 } as const;

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Real processes start in their own time, ms: slowly on a busy machine, and in less than one usual look on an idle one. */
const PATIENCE = { timeout: 10_000, interval: 1 };

describe("the eSpeak process", () => {
  test("is started again where it dies, and the line is said after all", async () => {
    const child = newChild();
    await child.speak(line, never);
    const first = child.pid;
    if (first !== undefined) process.kill(first, "SIGKILL");
    const { pcm } = await child.speak({ ...line, text: "hello again" }, never);
    expect(pcm.length).toBeGreaterThan(5_000);
    expect(child.pid).not.toBe(first);
    expect(child.status().status).toBe("ready");
    await child.close();
  });

  test("that cannot start is a device fault in words, after one more try", async () => {
    const child = newChild(new SystemClock(), await stuckFile("throw new Error('no such voice')"));
    await expect(child.speak(line, never)).rejects.toMatchObject({
      fault: "device",
      message: expect.stringContaining("no such voice"),
    });
    expect(child.status().status).toBe("degraded");
    await child.close();
  });

  test("that stops answering is ended, and the line is given up as a device fault", async () => {
    const clock = new VirtualClock();
    const child = newChild(clock, await stuckFile());
    const run = child.speak(line, never);
    const failed = expect(run).rejects.toMatchObject({ fault: "device" });
    for (const _ of ["the first process", "the second"]) {
      await vi.waitUntil(() => child.status().status === "ready", PATIENCE);
      await clock.advance(fromSeconds(16));
      await vi.waitUntil(() => child.status().status === "degraded", PATIENCE);
    }
    await failed;
    await child.close();
  });

  test("refuses a line where 64 wait already", async () => {
    const child = newChild(new SystemClock(), await stuckFile());
    const turn = new AbortController();
    const waiting = Array.from({ length: 64 }, () => child.speak(line, turn.signal).catch(() => undefined));
    await expect(child.speak(line, never)).rejects.toMatchObject({ fault: "rate-limit" });
    turn.abort(new Error("barge-in"));
    await Promise.all(waiting);
    await child.close();
  });

  test("ends with its parent, however that ends", async () => {
    const at = (file: string): string => JSON.stringify(new URL(file, entry).href);
    const program = `
      import { EspeakChild } from ${at("./espeak-child.js")};
      import { SystemClock } from ${at("../../../bridge/core/time.js")};
      import { silentLog } from ${at("../../../bridge/core/log.js")};
      const child = new EspeakChild({ entry: new URL(${at("./espeak-process.js")}), clock: new SystemClock(), log: silentLog, env: {} });
      await child.speak(${JSON.stringify(line)}, new AbortController().signal);
      console.log(child.pid);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.once("data", (text: Buffer) => resolve(Number(text))),
    );
    process.kill(pid, 0);
    parent.kill("SIGKILL");
    await vi.waitUntil(() => !isRunning(pid), { timeout: 5_000 });
  });

  test("a line that is cancelled behind a long one settles at once, and the long one is said", async () => {
    const child = newChild();
    await child.speak(line, never);
    const turn = new AbortController();
    const long = child.speak({ ...line, text: "on and on ".repeat(150) }, never);
    const cancelled = child.speak({ ...line, text: "never said" }, turn.signal);
    turn.abort(new Error("barge-in"));
    await expect(cancelled).rejects.toThrow("barge-in");
    expect(
      secondsOf([{ sampleRate: 22_050, pcm: Float32Array.from((await long).pcm), phonemes: undefined }]),
    ).toBeGreaterThan(60);
    await child.close();
  });
});
