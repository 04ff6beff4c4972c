import { MODEL_LOCK } from "../../inference/models/lock.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { jsonLine, table, withCommon, type CommonOptions, type Kit, type Registrar } from "../kit.ts";
import { packageLicences } from "../package-licences.ts";
import { projectFolder } from "../project-folder.ts";

export const licencesCommand: Registrar = (program, kit, act) => {
  const command = program
    .command("licences")
    .alias("licenses")
    .description(kit.words.licences)
    .action(act<CommonOptions>((_args, options) => licences(options, kit)));
  withCommon(command, kit, ["bunraku licences", "bunraku licences --json"]);
};

const licences = async ({ json }: CommonOptions, kit: Kit): Promise<ExitCode> => {
  const packages = packageLicences(projectFolder());
  const models = MODEL_LOCK.map(({ id, licence }) => ({ name: id, licence }));
  if (json === true) kit.out(jsonLine({ bunraku: "MIT", packages, models }));
  else
    kit.out(
      `${kit.words.ours}\n\n${table([
        ...packages.map(({ name, version, licence }) => [`${name}@${version}`, licence]),
        ...models.map(({ name, licence }) => [name, licence]),
      ])}`,
    );
  return EXIT.ok;
};
