import { existsSync, readFileSync } from "node:fs";
import { EAR_RATE, type Lang } from "../../bridge/core/frames.ts";
import { wavBody } from "../../bridge/core/wav-body.ts";
import { earVoice } from "./ear-voice.ts";

/** Lines spoken by the embedded voice, as wav files for a microphone. */
export const spokenWavs = async (lines: readonly string[], lang: Lang = "en"): Promise<Uint8Array[]> =>
  (await earVoice(lines, lang)).map((samples) => wavBody(samples, EAR_RATE));

/** A recording of a real voice, where this checkout lies beside a folder of them; it is never committed. */
export const realTurn = (name: string): Uint8Array | undefined => {
  const file = new URL(`../../../shared/data/turns/${name}.wav`, import.meta.url);
  return existsSync(file) ? readFileSync(file) : undefined;
};
