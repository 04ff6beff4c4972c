import { z } from "zod";

/** Options of the embedded voice. */
export const espeakOptions = z.strictObject({
  rate: z.number().min(80).max(450).default(170).describe("Words a minute"),
  pitch: z.number().min(0).max(99).default(50).describe("50 is the voice's own"),
});

export type EspeakOptions = z.infer<typeof espeakOptions>;
