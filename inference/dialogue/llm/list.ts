import { openAiLlm } from "./openai.ts";
import type { Persona } from "./persona.options.ts";
import { scriptLlm } from "./script.ts";

/** Every mind a puppet with this character can have; the first is the embedded default. */
export const llmProviders = (persona: Persona) => [scriptLlm(persona), openAiLlm] as const;
