import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { BunrakuError } from "../../bridge/core/errors.ts";
import type { Tts } from "../../inference/dialogue/provider.ts";
import { readWavFile } from "../../inference/inputs/wav-file.ts";
import { wavBody } from "../../bridge/core/wav-body.ts";

/** A spoken line whose end is known. */
export interface Clip {
  readonly name: string;
  readonly path: string;
  /** What is said, where it is known. */
  readonly text: string | undefined;
  /** First lasting sound within `ONSET_RANGE` of the loudest: what a listener would call the onset. */
  readonly onsetMs: number;
  readonly endOfSpeechMs: number;
}

/** Questions for the synthetic set: short, everyday, one sentence each. */
const QUESTIONS = [
  "What can you do?",
  "Who are you?",
  "What time is it?",
  "How do you move your lips?",
  "Can you tell me about Unreal?",
  "What is bunraku?",
  "How does the clock work?",
  "Thank you very much.",
];
/** Speech is what lies within this of the loudest 10 ms, dB: the rule of the annotated real clips. */
const SPEECH_RANGE = 32;
/**
 * An onset is the first 30 ms that stay within this of the loudest 10 ms, dB. The wider range would begin a recording
 * with its room noise, up to 300 ms before the voice; a click is no onset.
 */
const ONSET_RANGE = 20;

/** Clips of a folder: `NAME.wav` with `NAME.json` `{endOfSpeechMs}` and perhaps `NAME.txt`. Fault `input`. */
export const readClips = async (folder: string): Promise<readonly Clip[]> => {
  const files = await readdir(folder).catch((cause: unknown) => {
    throw new BunrakuError("input", `The folder ${folder} cannot be read`, { cause });
  });
  const clips: Clip[] = [];
  for (const file of files.filter((name) => name.endsWith(".wav")).sort()) {
    const stem = join(folder, basename(file, ".wav"));
    const json = await readFile(`${stem}.json`, "utf8").catch(() => undefined);
    if (json === undefined) continue;
    const notes = JSON.parse(json) as { endOfSpeechMs?: unknown };
    if (typeof notes.endOfSpeechMs !== "number")
      throw new BunrakuError("input", `${stem}.json has no number endOfSpeechMs`);
    const text = await readFile(`${stem}.txt`, "utf8").catch(() => undefined);
    const { samples, sampleRate } = await readWavFile(`${stem}.wav`);
    const { onsetMs } = spanOfSpeech(samples, sampleRate);
    clips.push({
      name: basename(stem),
      path: `${stem}.wav`,
      text,
      onsetMs,
      endOfSpeechMs: notes.endOfSpeechMs,
    });
  }
  if (clips.length === 0)
    throw new BunrakuError("input", `${folder} holds no wav files with a json beside them`);
  return clips;
};

/** The questions in a synthetic voice, written into `folder`. */
export const makeClips = async (tts: Tts, folder: string, signal: AbortSignal): Promise<readonly Clip[]> => {
  await mkdir(folder, { recursive: true });
  const clips: Clip[] = [];
  for (const [index, text] of QUESTIONS.entries()) {
    const parts: Float32Array[] = [];
    let rate = 16_000;
    for await (const piece of tts.speak(text, { lang: "en", signal })) {
      parts.push(piece.pcm);
      rate = piece.sampleRate;
    }
    const lead = new Float32Array(rate / 5);
    const pcm = Float32Array.from([lead, ...parts].flatMap((part) => Array.from(part)));
    const path = join(folder, `question-${index + 1}.wav`);
    await writeFile(path, wavBody(pcm, rate));
    clips.push({ name: basename(path, ".wav"), path, text, ...spanOfSpeech(pcm, rate) });
  }
  return clips;
};

const spanOfSpeech = (pcm: Float32Array, rate: number): { onsetMs: number; endOfSpeechMs: number } => {
  const frame = Math.round(rate / 100);
  const levels: number[] = [];
  for (let at = 0; at + frame <= pcm.length; at += frame) {
    let power = 0;
    for (let i = at; i < at + frame; i++) power += (pcm[i] ?? 0) ** 2;
    levels.push(10 * Math.log10(power / frame + 1e-12));
  }
  const loudest = Math.max(...levels);
  const sounding = (i: number): boolean => (levels[i] ?? -Infinity) >= loudest - ONSET_RANGE;
  const first = levels.findIndex((_, i) => sounding(i) && sounding(i + 1) && sounding(i + 2));
  const last = levels.findLastIndex((level) => level >= loudest - SPEECH_RANGE);
  return { onsetMs: first * 10, endOfSpeechMs: (last + 1) * 10 };
};

/** Pink noise with a few taps in it, seeded: what a room does while nobody speaks. */
export const roomNoise = (seconds: number, rate: number): Float32Array => {
  const pcm = new Float32Array(seconds * rate);
  let seed = 12_345;
  const random = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 0x8000_0000 - 1;
  };
  const poles = [0, 0, 0];
  for (let i = 0; i < pcm.length; i++) {
    const white = random();
    // Paul Kellet's economy filter.
    poles[0] = 0.99765 * (poles[0] ?? 0) + white * 0.099046;
    poles[1] = 0.963 * (poles[1] ?? 0) + white * 0.2965164;
    poles[2] = 0.57 * (poles[2] ?? 0) + white * 1.0526913;
    const pink = ((poles[0] ?? 0) + (poles[1] ?? 0) + (poles[2] ?? 0) + white * 0.1848) * 0.02;
    const sinceTap = i % Math.round(rate * 2.7);
    const tap = sinceTap < rate * 0.03 ? 0.4 * random() * Math.exp(-sinceTap / (rate * 0.004)) : 0;
    pcm[i] = Math.max(-1, Math.min(1, pink + tap));
  }
  return pcm;
};
