import { z } from "zod";
import { moonshineOptions } from "../inference/dialogue/asr/moonshine.options.ts";
import { openAiAsrOptions } from "../inference/dialogue/asr/openai.options.ts";
import { openAiLlmOptions } from "../inference/dialogue/llm/openai.options.ts";
import { openAiTtsOptions } from "../inference/dialogue/tts/openai.options.ts";
import { espeakOptions } from "../inference/dialogue/tts/espeak.options.ts";

const id = <const Id extends string>(name: Id, text: string) => z.literal(name).describe(text);

/** The ears: which recogniser, with its options beside the name. */
export const asrChoice = z.discriminatedUnion("provider", [
  moonshineOptions.extend({ provider: id("moonshine", "Embedded, offline; English only") }),
  openAiAsrOptions.extend({ provider: id("openai", "Any server that speaks the OpenAI transcription API") }),
  z.strictObject({ provider: id("none", "No ears: the microphone is refused, text still works") }),
]);

/** The mind. */
export const llmChoice = z.discriminatedUnion("provider", [
  z.strictObject({ provider: id("script", "Embedded, offline: answers from the character's script") }),
  openAiLlmOptions.extend({ provider: id("openai", "Any server that speaks the OpenAI chat API") }),
]);

/** The voice. */
export const ttsChoice = z.discriminatedUnion("provider", [
  espeakOptions.extend({ provider: id("espeak", "Embedded, offline; English and Mandarin") }),
  openAiTtsOptions.extend({ provider: id("openai", "Any server that speaks the OpenAI speech API") }),
]);
