import { Command } from "commander";
import { benchCommand } from "./commands/bench.ts";
import { checkCommand } from "./commands/check.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { engineCommand } from "./commands/engine.ts";
import { licencesCommand } from "./commands/licences.ts";
import { modelsCommand } from "./commands/models.ts";
import { sayCommand } from "./commands/say.ts";
import { startCommand } from "./commands/start.ts";
import { transcribeCommand } from "./commands/transcribe.ts";
import { inChinese } from "./commander-zh.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { Action, Kit, Registrar } from "./kit.ts";

const COMMANDS: readonly Registrar[] = [
  startCommand,
  sayCommand,
  transcribeCommand,
  doctorCommand,
  checkCommand,
  modelsCommand,
  benchCommand,
  engineCommand,
  licencesCommand,
];

/** The command tree. `finish` receives what the chosen command wants the shell to know. */
export const buildProgram = (kit: Kit, version: string, finish: (code: ExitCode) => void): Command => {
  const { words } = kit;
  const program = new Command("bunraku")
    .description(words.about)
    .version(version, "-V, --version", words.version)
    .helpOption("-h, --help", words.help)
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ writeOut: kit.out, writeErr: kit.err })
    .addHelpText(
      "after",
      `\n${words.examples}\n  bunraku start\n  bunraku start zh --port 8080\n  bunraku doctor\n`,
    );
  if (kit.lang === "zh") inChinese(program);
  const act =
    <Options>(action: Action<Options>) =>
    async (...args: unknown[]): Promise<void> => {
      // commander hands over the arguments, then the options, then the command.
      const texts = args.slice(0, -2).map((arg) => (typeof arg === "string" ? arg : ""));
      finish(await action(texts, args.at(-2) as Options));
    };
  for (const register of COMMANDS) register(program, kit, act);
  return program;
};
