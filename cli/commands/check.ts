import { loadPreset } from "../../configs/load.ts";
import { problemLine } from "../../configs/problem.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { jsonLine, withCommon, type CommonOptions, type Kit, type Registrar } from "../kit.ts";

export const checkCommand: Registrar = (program, kit, act) => {
  const { words } = kit;
  const command = program
    .command("check")
    .description(words.check)
    .argument("<preset>", words.checkPreset)
    .action(act<CommonOptions>(([name = ""], options) => check(name, options, kit)));
  withCommon(command, kit, ["bunraku check default", "bunraku check shows/mine.yaml --json"]);
};

const check = async (name: string, { json }: CommonOptions, kit: Kit): Promise<ExitCode> => {
  const { preset, problems, files } = loadPreset(name, { env: kit.env, lang: kit.lang });
  if (json === true)
    kit.out(
      jsonLine({ ok: problems.length === 0, files, problems, ...(preset === undefined ? {} : { preset }) }),
    );
  else if (problems.length === 0) kit.out(`${kit.words.sound(name)}\n`);
  else
    kit.out(
      `${kit.words.problems(problems.length)}\n${problems.map((problem) => `${problemLine(problem)}\n`).join("")}`,
    );
  return problems.length === 0 ? EXIT.ok : EXIT.config;
};
