import { BunrakuError, isAbort } from "../../bridge/core/errors.ts";
import { fromSeconds } from "../../bridge/core/time.ts";
import type { HeadlessEvent, HeadlessSummary } from "../../bridge/engines/headless-events.ts";
import { headlessOptions } from "../../bridge/engines/headless.options.ts";
import { daemonUrl, type DaemonAddress } from "../daemon-client.ts";
import { withDeadline } from "../deadline.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { jsonLine, table, withCommon, type CommonOptions, type Kit, type Registrar } from "../kit.ts";
import { wholeNumber } from "../numbers.ts";

interface EngineOptions extends CommonOptions, DaemonAddress {
  readonly headless?: true;
  readonly seconds?: string;
}

/** Longest stay: a day. */
const LONGEST = 86_400;

export const engineCommand: Registrar = (program, kit, act) => {
  const { words } = kit;
  const command = program
    .command("engine")
    .description(words.engine)
    .option("--headless", words.engineHeadless)
    .option("--seconds <number>", words.engineSeconds)
    .option("--url <url>", words.url)
    .action(act<EngineOptions>((_args, options) => engine(options, kit)));
  withCommon(command, kit, ["bunraku engine --headless --seconds 10", "bunraku engine --headless --json"]);
};

const engine = async (options: EngineOptions, kit: Kit): Promise<ExitCode> => {
  const { words } = kit;
  if (options.headless !== true) throw new BunrakuError("input", words.headlessOnly);
  const seconds =
    options.seconds === undefined
      ? LONGEST
      : wholeNumber(options.seconds, { name: "--seconds", least: 1, most: LONGEST, words });
  const { HeadlessEngine } = await import("../../bridge/engines/headless.ts");
  const url = daemonUrl(options, kit);
  const headless = new HeadlessEngine(headlessOptions.parse({ url: `${url.replace(/^http/, "ws")}/link` }));
  const told = tell(headless.events, options, kit);
  await withDeadline(
    async (signal) => {
      await headless.run(signal).catch((error: unknown) => {
        if (!isAbort(error, signal)) throw error;
      });
    },
    { clock: kit.clock, span: fromSeconds(seconds), signal: kit.stop },
  );
  await told;
  // Programs have read the summary among the events.
  if (options.json !== true) kit.out(summaryTable(headless.summary()));
  return EXIT.ok;
};

const tell = async (
  events: AsyncIterable<HeadlessEvent>,
  { json }: EngineOptions,
  kit: Kit,
): Promise<void> => {
  for await (const event of events) {
    if (json === true) kit.out(jsonLine(event));
    else kit.err(`${event.kind}\n`);
  }
};

const summaryTable = (summary: HeadlessSummary): string =>
  table(
    Object.entries(summary).map(([name, value]) => [
      name,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );
