import { z } from "zod";

/** The daemon's own sound card: the voice of puppets whose engine plays no sound, such as stock Unreal. */
export const speakerOptions = z.strictObject({
  device: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe("Part of the sound card's name; absent takes the system's own, \"none\" plays to nobody"),
  latencyMs: z
    .number()
    .min(-200)
    .max(1_000)
    .default(0)
    .describe(
      "From the sound card to the ear beyond what the card reports: a Bluetooth speaker or a mixing desk. Sound leaves this much earlier",
    ),
});

export type SpeakerOptions = z.infer<typeof speakerOptions>;
