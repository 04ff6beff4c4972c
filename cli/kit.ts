import type { Command } from "commander";
import type { Lang } from "../bridge/core/frames.ts";
import type { Clock } from "../bridge/core/time.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { CliWords } from "./words.ts";

/** What a command has around it. Tests make their own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly home: string;
  /** This Node. */
  readonly node: string;
  /** Writes to standard output: what was asked for. */
  readonly out: (text: string) => void;
  /** True where standard output is a terminal: what is written there is seen by its user and kept nowhere. */
  readonly terminal: boolean;
  /** Writes to standard error: what people should know meanwhile. */
  readonly err: (text: string) => void;
  readonly clock: Clock;
  /** Aborted by Ctrl-C, or by a parent process. */
  readonly stop: AbortSignal;
  /** Also aborts `stop` when standard input ends. */
  readonly stopWithInput: () => void;
}

/** Surroundings, with the words of the chosen language. */
export interface Kit extends Surroundings {
  readonly lang: Lang;
  readonly words: CliWords;
}

/** The body of a command; its number is what the shell is told. */
export type Action<Options> = (args: readonly string[], options: Options) => Promise<ExitCode>;

/** Adds a command to the tree. */
export type Registrar = (
  program: Command,
  kit: Kit,
  act: <Options>(action: Action<Options>) => (...args: unknown[]) => Promise<void>,
) => void;

export interface CommonOptions {
  readonly json?: true;
  readonly lang?: string;
}

/** The options every command has, and its examples. */
export const withCommon = (command: Command, { words }: Kit, examples: readonly string[]): Command =>
  command
    .option("--json", words.json)
    .option("--lang <lang>", words.langOption)
    .helpOption("-h, --help", words.help)
    .addHelpText("after", `\n${words.examples}\n${examples.map((line) => `  ${line}`).join("\n")}`);

/** One JSON object on a line of its own. */
export const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;

/** Rows as a table with two spaces between columns; the last column is not padded. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join("  "),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
};
