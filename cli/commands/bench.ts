import { BunrakuError } from "../../bridge/core/errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { jsonLine, table, withCommon, type CommonOptions, type Kit, type Registrar } from "../kit.ts";

export const benchCommand: Registrar = (program, kit, act) => {
  const { words } = kit;
  const command = program
    .command("bench")
    .description(words.bench)
    .argument("[name]", words.benchName)
    .action(act<CommonOptions>(([name = ""], options) => measure(name, options, kit)));
  withCommon(command, kit, ["bunraku bench", "bunraku bench timer --json"]);
};

const measure = async (name: string, { json }: CommonOptions, kit: Kit): Promise<ExitCode> => {
  const { benches } = await import("../bench/list.ts");
  if (name === "") {
    const known = benches.map(({ name, text }) => ({ name, text }));
    kit.out(
      json === true ? jsonLine({ benches: known }) : table(known.map(({ name, text }) => [name, text])),
    );
    return EXIT.ok;
  }
  const bench = benches.find((known) => known.name === name);
  if (bench === undefined)
    throw new BunrakuError("input", kit.words.noBench(name, benches.map((known) => known.name).join(", ")));
  const results = await bench.run(kit);
  kit.out(json === true ? jsonLine({ bench: name, results }) : table(results.map(rowOf)));
  return results.some(({ value, goal }) => goal !== undefined && value > goal) ? EXIT.findings : EXIT.ok;
};

const rowOf = ({
  name,
  value,
  unit,
  goal,
}: {
  name: string;
  value: number;
  unit: string;
  goal?: number | undefined;
}): string[] => [
  name,
  `${Number(value.toPrecision(4))} ${unit}`,
  goal === undefined ? "" : `${value <= goal ? "≤" : ">"} ${goal} ${unit}`,
];
