import { z } from "zod";

/** The scripted mind has no options: everything it can say stands in its character's file. */
export const scriptLlmOptions = z.strictObject({});

export type ScriptLlmOptions = z.output<typeof scriptLlmOptions>;
