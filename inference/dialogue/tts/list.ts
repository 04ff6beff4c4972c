import { espeak } from "./espeak.ts";
import { openAiTts } from "./openai.ts";

/** Every voice there is; the first is the embedded default. */
export const ttsProviders = [espeak, openAiTts] as const;
