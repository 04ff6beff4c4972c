import { BunrakuError } from "../../bridge/core/errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { BenchOptions, BenchResult } from "../bench/bench.ts";
import { wholeNumber } from "../numbers.ts";
import { jsonLine, table, withCommon, type CommonOptions, type Kit, type Registrar } from "../kit.ts";

interface MeasureOptions extends CommonOptions {
  readonly repeat?: string;
  readonly clips?: string;
  readonly noise?: string;
}

export const benchCommand: Registrar = (program, kit, act) => {
  const { words } = kit;
  const command = program
    .command("bench")
    .description(words.bench)
    .argument("[name]", words.benchName)
    .option("--repeat <times>", words.benchRepeat, "1")
    .option("--clips <folder>", words.benchClips)
    .option("--noise <folder>", words.benchNoise)
    .action(act<MeasureOptions>(([name = ""], options) => measure(name, options, kit)));
  withCommon(command, kit, [
    "bunraku bench",
    "bunraku bench timer --json",
    "bunraku bench turn --repeat 5 --clips my/recordings",
  ]);
};

const measure = async (name: string, options: MeasureOptions, kit: Kit): Promise<ExitCode> => {
  const { json } = options;
  const { benches } = await import("../bench/list.ts");
  if (name === "") {
    const known = benches.map(({ name, text }) => ({ name, text }));
    kit.out(
      json === true ? jsonLine({ benches: known }) : table(known.map(({ name, text }) => [name, text])),
    );
    return EXIT.ok;
  }
  const chosen = name === "all" ? benches : benches.filter((known) => known.name === name);
  if (chosen.length === 0)
    throw new BunrakuError("input", kit.words.noBench(name, benches.map((known) => known.name).join(", ")));
  const settings: BenchOptions = {
    repeat: wholeNumber(options.repeat ?? "1", { name: "--repeat", least: 1, most: 100, words: kit.words }),
    clips: options.clips,
    noise: options.noise,
  };
  let missed = false;
  for (const bench of chosen) {
    const { figures, results } = await bench.run(kit, settings);
    missed ||= results.some(({ value, goal }) => goal !== undefined && !(value <= goal));
    if (json === true) kit.out(jsonLine({ bench: bench.name, ...figures, results }));
    else kit.out(`${bench.name}\n${table(results.map(rowOf))}`);
  }
  return missed ? EXIT.findings : EXIT.ok;
};

const rowOf = ({ name, value, unit, goal }: BenchResult): string[] => [
  `  ${name}`,
  `${Number(value.toPrecision(4))} ${unit}`,
  goal === undefined ? "" : `${value <= goal ? "≤" : ">"} ${goal} ${unit}`,
];
