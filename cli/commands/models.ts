import { asBunrakuError, isAbort } from "../../bridge/core/errors.ts";
import type { ModelProgress, ModelState } from "../../inference/models/store.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { jsonLine, table, withCommon, type CommonOptions, type Kit, type Registrar } from "../kit.ts";
import { openModelStore } from "../model-store.ts";

export const modelsCommand: Registrar = (program, kit, act) => {
  const { words } = kit;
  const models = program.command("models").description(words.models).helpCommand(false);
  const list = models
    .command("list")
    .description(words.modelsList)
    .action(act<CommonOptions>((_args, options) => listModels(options, kit)));
  const pull = models
    .command("pull")
    .description(words.modelsPull)
    .argument("[model]", words.modelsId)
    .action(act<CommonOptions>(([id], options) => pullModels(id, options, kit)));
  const verify = models
    .command("verify")
    .description(words.modelsVerify)
    .argument("[model]", words.modelsId)
    .action(act<CommonOptions>(([id], options) => verifyModels(id, options, kit)));
  withCommon(list, kit, ["bunraku models list", "bunraku models list --json"]);
  withCommon(pull, kit, ["bunraku models pull", "bunraku models pull moonshine-tiny"]);
  withCommon(verify, kit, ["bunraku models verify"]);
  models
    .helpOption("-h, --help", words.help)
    .addHelpText("after", `\n${words.examples}\n  bunraku models list\n  bunraku models pull\n`);
};

const listModels = async ({ json }: CommonOptions, kit: Kit): Promise<ExitCode> => {
  const store = openModelStore(kit, true);
  const states = await store.verify(undefined, kit.stop);
  const listed = store.list().map(({ id, bytes, licence, text, path }) => ({
    id,
    state: stateOf(states, id),
    bytes,
    licence,
    text,
    path,
  }));
  if (json === true) kit.out(jsonLine({ models: listed }));
  else
    kit.out(
      table(
        listed.map(({ id, state, bytes, licence, text }) => [
          id,
          state,
          megabytes(bytes).padStart(8),
          licence,
          text,
        ]),
      ),
    );
  return EXIT.ok;
};

const pullModels = async (id: string | undefined, { json }: CommonOptions, kit: Kit): Promise<ExitCode> => {
  const tell =
    json === true
      ? (progress: ModelProgress) => kit.out(jsonLine({ event: "progress", ...progress }))
      : inTenths(kit);
  try {
    await openModelStore(kit, false).pull(id === "" ? undefined : id, { signal: kit.stop, onProgress: tell });
  } catch (error) {
    const { fault, message } = asBunrakuError(error);
    // A wrong name is a wrong name; whatever else stops a download is one failure for the shell.
    if (isAbort(error, kit.stop) || fault === "config" || fault === "bug") throw error;
    if (json === true) kit.out(jsonLine({ error: { fault, message } }));
    kit.err(`${message}\n`);
    return EXIT.download;
  }
  kit.out(json === true ? jsonLine({ event: "done" }) : `${kit.words.pulled}\n`);
  return EXIT.ok;
};

const verifyModels = async (id: string | undefined, { json }: CommonOptions, kit: Kit): Promise<ExitCode> => {
  const states = await openModelStore(kit, true).verify(id === "" ? undefined : id, kit.stop);
  if (json === true)
    kit.out(jsonLine({ models: [...states].map(([model, state]) => ({ id: model, state })) }));
  else kit.out(table([...states]));
  return [...states.values()].every((state) => state === "ready") ? EXIT.ok : EXIT.download;
};

/** One line whenever another tenth of a model has arrived. */
const inTenths = (kit: Kit): ((progress: ModelProgress) => void) => {
  const told = new Map<string, number>();
  return ({ model, bytes, total }) => {
    const tenth = Math.floor((10 * bytes) / Math.max(1, total));
    if (told.get(model) === tenth) return;
    told.set(model, tenth);
    kit.err(`${model} ${tenth * 10} % (${megabytes(total)})\n`);
  };
};

const stateOf = (states: ReadonlyMap<string, ModelState>, id: string): ModelState =>
  states.get(id) ?? "missing";

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
