import { z } from "zod";
import { presetSchema } from "./preset.ts";

/** The JSON schema of a preset, for editors: completion, descriptions and checks while typing. */
export const presetJsonSchema = (): object => ({
  ...z.toJSONSchema(presetSchema, { io: "input" }),
  title: "Bunraku preset",
  description: "What a performance is made of. `bunraku check FILE` names every mistake.",
});

/** Its text as it stands in configs/preset.schema.json. */
export const presetSchemaText = (): string => `${JSON.stringify(presetJsonSchema(), null, 2)}\n`;
