import { z } from "zod";

const waitMs = (ms: number, what: string) => z.number().int().min(10).max(600_000).default(ms).describe(what);

/** A language model behind an OpenAI-compatible address: OpenAI, Ollama, llama.cpp, vLLM, LM Studio, DashScope and others. */
export const openAiLlmOptions = z.strictObject({
  baseUrl: z
    .url({
      protocol: /^https?$/,
      error: "must be an http or https address such as http://127.0.0.1:11434/v1",
    })
    .default("https://api.openai.com/v1")
    .describe("Address that /chat/completions is added to"),
  model: z.string().trim().min(1).describe("The model's name at that address"),
  keyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of an environment variable, not the key itself")
    .optional()
    .describe("Environment variable that holds the key; leave out where none is needed"),
  temperature: z.number().min(0).max(2).optional().describe("Left to the server where absent"),
  maxTokens: z.number().int().min(1).max(32_768).default(400).describe("Longest answer"),
  extra: z
    .record(z.string(), z.json())
    .default({})
    .describe("Further fields of the request, such as reasoning_effort or enable_thinking"),
  connectMs: waitMs(5_000, "Longest wait for a connection"),
  firstTokenMs: waitMs(20_000, "Longest wait for the first word; a local model may have to load"),
  idleMs: waitMs(10_000, "Longest silence in the middle of an answer"),
});

export type OpenAiLlmOptions = z.infer<typeof openAiLlmOptions>;
