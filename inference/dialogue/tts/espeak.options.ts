import { z } from "zod";

/** Options of the embedded voice. */
export const espeakOptions = z.strictObject({
  /** Words a minute. */
  rate: z.number().min(80).max(450).default(170),
  /** 0..99; 50 is the voice's own pitch. */
  pitch: z.number().min(0).max(99).default(50),
});

export type EspeakOptions = z.infer<typeof espeakOptions>;
