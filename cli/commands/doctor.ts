import { BunrakuError } from "../../bridge/core/errors.ts";
import { GROUPS, type Finding, type Group } from "../doctor/finding.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { jsonLine, table, withCommon, type CommonOptions, type Kit, type Registrar } from "../kit.ts";

interface DoctorOptions extends CommonOptions {
  readonly only?: string;
}

export const doctorCommand: Registrar = (program, kit, act) => {
  const { words } = kit;
  const command = program
    .command("doctor")
    .description(words.doctor)
    .argument("[preset]", words.doctorPreset, "default")
    .option("--only <group>", `${words.doctorOnly}: ${GROUPS.join(", ")}`)
    .action(act<DoctorOptions>(([preset = "default"], options) => doctor(preset, options, kit)));
  withCommon(command, kit, ["bunraku doctor", "bunraku doctor cloud", "bunraku doctor --only voice --json"]);
};

const doctor = async (preset: string, { json, only }: DoctorOptions, kit: Kit): Promise<ExitCode> => {
  const group = GROUPS.find((name) => name === only);
  if (only !== undefined && group === undefined)
    throw new BunrakuError("input", `${kit.words.doctorOnly}: ${GROUPS.join(", ")}`);
  const { checks } = await import("../doctor/list.ts");
  const findings: Finding[] = [];
  for (const check of checks.filter((check) => group === undefined || check.group === group)) {
    kit.stop.throwIfAborted();
    for (const finding of await check.run({ kit, preset })) {
      findings.push(finding);
      if (json !== true) kit.out(lineOf(check.group, finding, kit));
    }
  }
  const failed = findings.filter(({ verdict }) => verdict === "fail").length;
  if (json === true) kit.out(jsonLine({ ok: failed === 0, findings }));
  else kit.out(`\n${failed === 0 ? kit.words.allGood : kit.words.findings(failed)}\n`);
  return failed === 0 ? EXIT.ok : EXIT.findings;
};

const lineOf = (group: Group, { verdict, name, detail, fix }: Finding, { lang, words }: Kit): string => {
  const colon = lang === "zh" ? "：" : ": ";
  const line = table([[verdict.padEnd(4), group.padEnd(8), `${name[lang]}${colon}${detail[lang]}`]]);
  return fix === undefined ? line : `${line}                ${words.fix}${colon}${fix[lang]}\n`;
};
