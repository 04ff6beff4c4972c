import { z } from "zod";

const text = z.string().trim().min(1).max(2_000);

/** One or several lines of a language; several are said in turn. */
const lines = z
  .union([text, z.array(text).min(1).max(20)])
  .transform((value): readonly string[] => (typeof value === "string" ? [value] : value));

/** The same in English and Mandarin: a puppet speaks both. */
const bilingual = z.strictObject({ en: lines, zh: lines });

const phrases = z.array(text).max(60).default([]);

const intent = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, "must be lower-case letters, digits and -")
    .describe("Name of the intent; some have a meaning of their own, such as time, sum or repeat"),
  match: z
    .strictObject({ en: phrases, zh: phrases })
    .describe("Phrases that call for it; * stands for up to three words or eight characters"),
  alone: z.boolean().default(false).describe("Only where little else is said: hello, thanks, yes"),
  answer: bilingual.describe(
    "What is said; {name}, {user}, {time}, {date}, {weekday}, {result}, {said}, {rest} (what follows the phrase) and {last} (the answer before) are filled in",
  ),
});

/** A character: who a puppet is, what it says by itself, and what its scripted mind knows. */
export const personaOptions = z
  .strictObject({
    version: z.literal(1),
    name: z.strictObject({ en: text, zh: text }),
    system: z.strictObject({ en: text, zh: text }).describe("System prompt of a language model"),
    greeting: bilingual.describe("Said when somebody can first hear the puppet"),
    lines: z.strictObject({
      trouble: bilingual.describe("Said when the mind or the voice fails in the middle of a turn"),
    }),
    script: z
      .strictObject({
        topics: bilingual.describe("What can be asked; offered one after another where nothing matches"),
        unknown: bilingual.describe("Said where nothing matches; {said} and {topic} are filled in"),
        intents: z.array(intent).min(1).max(200),
      })
      .describe("The mind without a language model"),
  })
  .superRefine((persona, context) => {
    const seen = new Set<string>();
    for (const [index, { id, match }] of persona.script.intents.entries()) {
      const path = ["script", "intents", index];
      if (seen.has(id))
        context.addIssue({ code: "custom", path: [...path, "id"], message: `is used twice: ${id}` });
      if (match.en.length + match.zh.length === 0)
        context.addIssue({ code: "custom", path: [...path, "match"], message: "has no phrase at all" });
      seen.add(id);
    }
  });

export type Persona = z.output<typeof personaOptions>;
export type Intent = Persona["script"]["intents"][number];
