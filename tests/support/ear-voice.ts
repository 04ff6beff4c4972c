import { EAR_RATE, type Lang } from "../../bridge/core/frames.ts";
import { resampled } from "../../bridge/core/resample.ts";
import { espeak } from "../../inference/dialogue/tts/espeak.ts";
import { toolsOf } from "./provider-tools.ts";

/** Lines spoken by the embedded voice, as the ears would hear them: mono, 16 kHz. Needs a build. */
export const earVoice = async (lines: readonly string[], lang: Lang = "en"): Promise<Float32Array[]> => {
  const voice = await espeak.create(espeak.options.parse({}), toolsOf());
  try {
    const heard: Float32Array[] = [];
    for (const line of lines) heard.push(await speak(voice, line, lang));
    return heard;
  } finally {
    await voice.close();
  }
};

const speak = async (
  voice: Awaited<ReturnType<typeof espeak.create>>,
  line: string,
  lang: Lang,
): Promise<Float32Array> => {
  const pieces: Float32Array[] = [];
  let rate = EAR_RATE;
  for await (const { pcm, sampleRate } of voice.speak(line, { lang, signal: new AbortController().signal })) {
    pieces.push(pcm);
    rate = sampleRate;
  }
  return resampled(joined(pieces), { from: rate, to: EAR_RATE });
};

/** Samples one after another. */
export const joined = (pieces: readonly Float32Array[]): Float32Array => {
  const all = new Float32Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
};

/** `ms` of a quiet room: noise at -66 dBFS, the same every time. */
export const quietRoom = (ms: number): Float32Array => {
  let seed = 12_345;
  return Float32Array.from({ length: (ms * EAR_RATE) / 1_000 }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return (seed / 2 ** 31 - 0.5) * 1.7e-3;
  });
};
