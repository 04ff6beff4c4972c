import type { AsrProvider } from "../provider.ts";
import { moonshine } from "./moonshine.ts";
import { openAiAsr } from "./openai.ts";

/** Every recogniser a preset can name. */
export const asrProviders: readonly AsrProvider[] = [moonshine, openAiAsr];
