import { z } from "zod";

const waitMs = (ms: number, what: string) => z.number().int().min(10).max(600_000).default(ms).describe(what);

/** A voice behind an OpenAI-compatible address: OpenAI, Kokoro-FastAPI, openedai-speech, LocalAI, CosyVoice servers and others. */
export const openAiTtsOptions = z.strictObject({
  baseUrl: z
    .url({
      protocol: /^https?$/,
      error: "must be an http or https address such as http://127.0.0.1:8880/v1",
    })
    .default("https://api.openai.com/v1")
    .describe("Address that /audio/speech is added to"),
  model: z.string().trim().min(1).default("gpt-4o-mini-tts").describe("The model's name at that address"),
  voice: z.string().trim().min(1).default("alloy").describe("The voice's name at that address"),
  keyEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of an environment variable, not the key itself")
    .optional()
    .describe("Environment variable that holds the key; leave out where none is needed"),
  sampleRate: z
    .number()
    .int()
    .min(8_000)
    .max(96_000)
    .default(24_000)
    .describe("Rate of the raw PCM the server sends, Hz, where it does not say so itself"),
  speed: z.number().min(0.25).max(4).optional().describe("Left to the server where absent"),
  extra: z
    .record(z.string(), z.json())
    .default({})
    .describe("Further fields of the request, such as instructions"),
  connectMs: waitMs(4_000, "Longest wait for a connection"),
  firstByteMs: waitMs(8_000, "Longest wait for the first sound"),
  idleMs: waitMs(4_000, "Longest silence of the connection in the middle of a clause"),
});

export type OpenAiTtsOptions = z.infer<typeof openAiTtsOptions>;
