import { z } from "zod";

/** Moonshine needs no settings: its models are in the lock. */
export const moonshineOptions = z.strictObject({});

export type MoonshineOptions = z.infer<typeof moonshineOptions>;
