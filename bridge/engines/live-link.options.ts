import { z } from "zod";

const gain = z.number().min(-10).max(10);

/** Live Link Face over UDP to an unmodified Unreal: its source "Apple ARKit" on the machine and port given here. */
export const liveLinkOptions = z.strictObject({
  host: z.string().min(1).max(253).default("127.0.0.1").describe("Machine that runs Unreal"),
  port: z.number().int().min(1).max(65_535).default(11_111).describe("Port of its Apple ARKit source"),
  fps: z.number().int().min(1).max(240).default(60).describe("Frames a second"),
  leadMs: z
    .number()
    .min(-1_000)
    .max(1_000)
    .default(0)
    .describe(
      "Frames leave this long before their sound is heard, to make up for what Unreal and the screen need",
    ),
  head: z
    .strictObject({
      yaw: gain.default(1).describe("Gain of the head turning"),
      pitch: gain.default(1).describe("Gain of the head nodding"),
      roll: gain.default(1).describe("Gain of the head tilting"),
    })
    .prefault({})
    .describe("Gain of each head axis; a negative gain turns the sign, 0 leaves the head to Unreal"),
});

export type LiveLinkOptions = z.infer<typeof liveLinkOptions>;
