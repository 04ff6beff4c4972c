import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BunrakuError } from "../../bridge/core/errors.ts";
import { createLog, type Log } from "../../bridge/core/log.ts";
import type { StatusReport } from "../../bridge/core/status.ts";
import { fromMillis, plus, SystemClock } from "../../bridge/core/time.ts";
import { assertBind } from "../../bridge/server/bind.ts";
import { createToken } from "../../bridge/server/token.ts";
import { loadPreset } from "../../configs/load.ts";
import type { Preset } from "../../configs/preset.ts";
import { problemLine } from "../../configs/problem.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { tokenOf } from "../daemon-client.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { jsonLine, table, withCommon, type CommonOptions, type Kit, type Registrar } from "../kit.ts";
import { openModelStore } from "../model-store.ts";
import { wholeNumber } from "../numbers.ts";
import { projectFolder } from "../project-folder.ts";

interface StartOptions extends CommonOptions {
  readonly port?: string;
  readonly listen?: string | true;
  readonly tokenFile?: string;
  readonly offline?: true;
  readonly stopWithInput?: true;
}

/** How often we look whether a sense has changed. */
const LOOK = fromMillis(250);

export const startCommand: Registrar = (program, kit, act) => {
  const { words } = kit;
  const command = program
    .command("start")
    .description(words.start)
    .argument("[preset]", words.startPreset, "default")
    .option("-p, --port <number>", words.startPort)
    .option("--listen [address]", words.startListen)
    .option("--token-file <file>", words.startToken)
    .option("--offline", words.offline)
    .option("--stop-with-input", words.startStdin)
    .action(act<StartOptions>(([name = "default"], options) => start(name, options, kit)));
  withCommon(command, kit, [
    "bunraku start",
    "bunraku start zh",
    "bunraku start shows/mine.yaml --port 8080",
    "bunraku start --listen --token-file token.txt",
  ]);
};

const start = async (name: string, options: StartOptions, kit: Kit): Promise<ExitCode> => {
  const loaded = loadPreset(name, { env: { ...kit.env, ...overrides(options, kit) }, lang: kit.lang });
  if (loaded.preset === undefined) {
    if (options.json === true) kit.out(jsonLine({ event: "refused", problems: loaded.problems }));
    kit.err(
      `${kit.words.notStarted(name)}\n${loaded.problems.map((problem) => `  ${problemLine(problem)}\n`).join("")}`,
    );
    return EXIT.config;
  }
  const preset = withListen(loaded.preset, options);
  if (options.stopWithInput === true) kit.stopWithInput();
  const token = tokenFor(options, kit);
  // Before the voice and the mind are opened for nothing.
  assertBind({ host: preset.listen.host, listen: options.listen !== undefined, token });
  const { startDaemon } = await import("../daemon/daemon.ts");
  const daemon = await startDaemon({
    preset,
    characters: loaded.characters,
    clock: new SystemClock(),
    log: openLog(preset, { token, kit }),
    env: kit.env,
    models: openModelStore(kit, options.offline === true),
    assets: join(projectFolder(), ".build", "stage"),
    listen: options.listen !== undefined,
    token,
  });
  try {
    if (options.json === true)
      kit.out(jsonLine({ event: "started", url: daemon.url, senses: sensesOf(daemon) }));
    else {
      const address = addressOf(daemon.url, token, kit);
      kit.out(`${kit.words.running(address)}\n${senseTable(sensesOf(daemon))}${kit.words.hint}\n`);
    }
    await tellChanges(daemon, options, kit);
  } finally {
    if (options.json !== true) kit.err(`${kit.words.stopping}\n`);
    await daemon.close();
  }
  if (options.json === true) kit.out(jsonLine({ event: "stopped" }));
  return EXIT.ok;
};

/** Prints each sense again when it changes, until the daemon is asked to stop. */
const tellChanges = async (daemon: Daemon, { json }: StartOptions, kit: Kit): Promise<void> => {
  const told = new Map(sensesOf(daemon).map((sense) => [sense.name, newsOf(sense)]));
  while (!kit.stop.aborted) {
    await kit.clock.sleepUntil(plus(kit.clock.now(), LOOK), kit.stop).catch(() => undefined);
    for (const sense of sensesOf(daemon)) {
      const now = newsOf(sense);
      if (told.get(sense.name) === now) continue;
      told.set(sense.name, now);
      kit.out(json === true ? jsonLine({ event: "sense", ...sense }) : senseTable([sense]));
    }
    // Links come and go under names of their own; forgotten ones are told again if they return.
    const names = new Set(sensesOf(daemon).map((sense) => sense.name));
    for (const name of told.keys()) if (!names.has(name)) told.delete(name);
  }
};

/** What is worth a line: how exactly a ready sense is ready (its clock's error, say) is not. */
const newsOf = ({ status, detail }: StatusReport): string =>
  status === "ready" ? status : `${status} ${detail}`;

const sensesOf = (daemon: Daemon): readonly StatusReport[] => {
  const { senses } = daemon.status() as { senses?: readonly StatusReport[] };
  return senses ?? [];
};

const senseTable = (senses: readonly StatusReport[]): string =>
  table(senses.map(({ name, status, detail }) => [`  ${name.padEnd(8)}`, status.padEnd(12), detail]));

/** Options of the command line as the variables they stand for: both are checked, and complained about, alike. */
const overrides = ({ port, lang }: StartOptions, { words }: Kit): Record<string, string> => {
  if (lang !== undefined && lang !== "en" && lang !== "zh") throw new BunrakuError("input", words.badLang);
  const portText =
    port === undefined
      ? undefined
      : String(wholeNumber(port, { name: "--port", least: 0, most: 65_535, words }));
  return {
    ...(portText === undefined ? {} : { BUNRAKU_PORT: portText }),
    ...(lang === undefined ? {} : { BUNRAKU_LANG: lang }),
  };
};

const withListen = (preset: Preset, { listen }: StartOptions): Preset => {
  if (listen === undefined) return preset;
  return { ...preset, listen: { ...preset.listen, host: listen === true ? "0.0.0.0" : listen } };
};

/** The daemon's token: from its file, which is made with a new one when it is not there. */
const tokenFor = (options: StartOptions, kit: Kit): string | undefined => {
  const { tokenFile } = options;
  if (tokenFile !== undefined && !existsSync(tokenFile)) {
    try {
      writeFileSync(tokenFile, `${createToken()}\n`, { mode: 0o600, flag: "wx" });
    } catch (cause) {
      throw new BunrakuError("input", kit.words.cannotWrite(tokenFile), { cause });
    }
    kit.err(`${kit.words.tokenMade(tokenFile)}\n`);
  }
  const token = tokenOf(options, kit);
  // Windows has no such bits: access lists of the folder count there.
  if (tokenFile !== undefined && kit.platform !== "win32" && (statSync(tokenFile).mode & 0o077) !== 0)
    kit.err(`${kit.words.loosePermissions(tokenFile)}\n`);
  return token;
};

/** The page's address. The token stands in its fragment, which no request carries, and only where no log keeps it. */
const addressOf = (url: string, token: string | undefined, { terminal }: Kit): string =>
  token === undefined || !terminal ? url : `${url}/#token=${encodeURIComponent(token)}`;

const openLog = (preset: Preset, { token, kit }: { token: string | undefined; kit: Kit }): Log =>
  createLog({
    level: preset.log.level,
    write: (line) => kit.err(`${line}\n`),
    hidePii: !preset.log.personal,
    secrets: secretsOf(preset, kit).concat(token ?? []),
    stamp: () => new Date().toISOString(),
  });

/** Values of every variable a preset names as a key. */
const secretsOf = ({ asr, llm, tts }: Preset, { env }: Kit): readonly string[] =>
  [asr, llm, tts].flatMap((sense) => {
    const name = "keyEnv" in sense ? sense.keyEnv : undefined;
    return name === undefined ? [] : (env[name] ?? []);
  });
