import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { CommanderError } from "commander";
import { asBunrakuError, isAbort } from "../bridge/core/errors.ts";
import { SystemClock } from "../bridge/core/time.ts";
import { EXIT, exitCodeOf, type ExitCode } from "./exit-codes.ts";
import { jsonLine, type Kit, type Surroundings } from "./kit.ts";
import { buildProgram } from "./program.ts";
import { projectFolder } from "./project-folder.ts";
import { Stop } from "./stop.ts";
import { cliWords, messageLang } from "./words.ts";

/** Runs one command line and returns what the shell is told. Never throws. */
export const main = async (argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> => {
  const lang = messageLang(argv, surroundings.env);
  const kit: Kit = { ...surroundings, lang, words: cliWords(lang) };
  let code: ExitCode = EXIT.ok;
  try {
    const program = buildProgram(kit, versionOf(projectFolder()), (result) => (code = result));
    if (argv.length === 0) {
      kit.err(program.helpInformation());
      return EXIT.usage;
    }
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    return failed(error, argv, kit);
  }
};

const failed = (error: unknown, argv: readonly string[], kit: Kit): ExitCode => {
  // Commander has already said what is wrong; help and version end this way, too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (isAbort(error, kit.stop)) {
    kit.err(`${kit.words.interrupted}\n`);
    return EXIT.interrupted;
  }
  const { fault, message, stack } = asBunrakuError(error);
  if (argv.includes("--json")) kit.out(jsonLine({ error: { fault, message } }));
  kit.err(`${fault === "bug" ? kit.words.unexpected(message) : message}\n`);
  if (fault === "bug" && kit.env["BUNRAKU_LOG_LEVEL"] === "debug") kit.err(`${stack ?? ""}\n`);
  return exitCodeOf(fault);
};

const versionOf = (folder: string): string => {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  return manifest.version;
};

/** Runs the command line of this process, and ends it. */
export const runProcess = async (): Promise<void> => {
  const stop = new Stop();
  // Who reads us may go away, `| head` does: that ends the output, not the world.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const code = await main(process.argv.slice(2), {
    env: process.env,
    platform: process.platform,
    home: homedir(),
    node: process.execPath,
    out: (text) => void process.stdout.write(text),
    terminal: process.stdout.isTTY,
    err: (text) => void process.stderr.write(text),
    clock: new SystemClock(),
    stop: stop.signal,
    stopWithInput: () => stop.withInput(),
  });
  // An empty write returns when all before it are out; a pipe would lose them to exit().
  await Promise.all(
    [process.stdout, process.stderr].map(
      (stream) => new Promise<void>((done) => stream.write("", () => done())),
    ),
  );
  process.exit(stop.interrupted && code === EXIT.ok ? EXIT.interrupted : code);
};
