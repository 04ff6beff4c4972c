import { parseDocument } from "yaml";
import { BunrakuError } from "../../../bridge/core/errors.ts";
import { personaOptions, type Persona } from "./persona.options.ts";

/** Reads a character file (YAML). Throws fault `config` with every problem in it, one a line, each with its place. */
export const parsePersona = (text: string, file = "character"): Persona => {
  const document = parseDocument(text, { prettyErrors: true });
  const broken = document.errors.map((error) => error.message.split("\n")[0] ?? "");
  if (broken.length > 0) throw new BunrakuError("config", problems(file, broken));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 50 });
  } catch (cause) {
    throw new BunrakuError("config", problems(file, ["has too many references to itself"]), { cause });
  }
  const parsed = personaOptions.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BunrakuError(
    "config",
    problems(
      file,
      parsed.error.issues.map((issue) => `${issue.path.join(".") || "the file"}: ${issue.message}`),
    ),
  );
};

const problems = (file: string, found: readonly string[]): string =>
  `${file} has ${found.length === 1 ? "a problem" : `${found.length} problems`}:\n${found.map((line) => `  ${line}`).join("\n")}`;
