import { z } from "zod";

/** A recogniser behind an OpenAI-compatible address: OpenAI, Groq, vLLM, FunASR, faster-whisper servers and others. */
export const openAiAsrOptions = z.strictObject({
  baseUrl: z
    .url({
      protocol: /^https?$/,
      error: "must be an http or https address such as http://127.0.0.1:8000/v1",
    })
    .default("https://api.openai.com/v1")
    .describe("Address that /audio/transcriptions is added to"),
  model: z.string().trim().min(1).describe("The model's name at that address"),
  keyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of an environment variable, not the key itself")
    .optional()
    .describe("Environment variable that holds the key; leave out where none is needed"),
  timeoutMs: z
    .number()
    .int()
    .min(100)
    .max(120_000)
    .default(10_000)
    .describe("Longest wait for the words of one turn"),
});

export type OpenAiAsrOptions = z.infer<typeof openAiAsrOptions>;
