import { z } from "zod";

const path = z.strictObject({
  delayMs: z.number().min(0).max(5_000).default(0).describe("Constant delay"),
  jitterMs: z.number().min(0).max(1_000).default(0).describe("Mean of an exponential delay on top"),
  loss: z.number().min(0).max(0.9).default(0).describe("Share of poses and clock probes that are lost"),
});

/** An engine that renders nothing: for tests, measurements and load. Its clock and its network can be made bad. */
export const headlessOptions = z.strictObject({
  url: z
    .url({ protocol: /^wss?$/ })
    .default("ws://127.0.0.1:7311/link")
    .describe("The daemon's link"),
  name: z.string().min(1).max(64).default("headless"),
  fps: z.number().min(1).max(480).default(60).describe("Faces evaluated a second"),
  tickJitterMs: z.number().min(0).max(100).default(0).describe("Each tick is late by up to this"),
  drift: z.number().min(-5_000).max(5_000).default(0).describe("Its clock against the platform's, ppm"),
  offsetMs: z.number().min(-1e12).max(1e12).default(0).describe("What its clock shows at the start"),
  audioDrift: z
    .number()
    .min(-1_000)
    .max(1_000)
    .default(0)
    .describe("Its sound device against its clock, ppm"),
  audible: z.boolean().default(true).describe("Whether it claims to make sound"),
  block: z.number().int().min(32).max(8_192).default(512).describe("Samples a device callback"),
  latencyMs: z.number().min(0).max(1_000).default(22).describe("Device callback to ear"),
  incoming: path.prefault({}).describe("Network from the daemon"),
  outgoing: path.prefault({}).describe("Network to the daemon"),
  seed: z.number().int().default(1).describe("Of jitter and loss"),
});

export type HeadlessOptions = z.infer<typeof headlessOptions>;
export type PathOptions = z.infer<typeof path>;
