import { readFileSync } from "node:fs";
import { BunrakuError } from "../../bridge/core/errors.ts";
import { silentLog } from "../../bridge/core/log.ts";
import { toSeconds } from "../../bridge/core/time.ts";
import { readWav, type WavSound } from "../../bridge/core/wav.ts";
import { earSamples } from "../../inference/inputs/wav-source.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { jsonLine, withCommon, type CommonOptions, type Kit, type Registrar } from "../kit.ts";
import { openModelStore } from "../model-store.ts";

interface TranscribeOptions extends CommonOptions {
  readonly offline?: true;
}

export const transcribeCommand: Registrar = (program, kit, act) => {
  const { words } = kit;
  const command = program
    .command("transcribe")
    .description(words.transcribe)
    .argument("<file>", words.transcribeFile)
    .option("--offline", words.offline)
    .action(act<TranscribeOptions>(([file = ""], options) => transcribeFile(file, options, kit)));
  withCommon(command, kit, ["bunraku transcribe speech.wav", "bunraku transcribe speech.wav --json"]);
};

const transcribeFile = async (file: string, options: TranscribeOptions, kit: Kit): Promise<ExitCode> => {
  const { moonshine } = await import("../../inference/dialogue/asr/moonshine.ts");
  const { transcribe } = await import("../../inference/dialogue/transcribe.ts");
  const { SileroVad } = await import("../../inference/perception/vad/silero.ts");
  const samples = earSamples(soundOf(file, kit));
  const models = openModelStore(kit, options.offline === true);
  const fetching = { signal: kit.stop };
  const vad = await SileroVad.open(await models.ensure("silero-vad/model", fetching), kit.stop);
  try {
    const modelFile = (id: string): Promise<string> => models.ensure(id, fetching);
    const asr = await moonshine.create(moonshine.options.parse({}), {
      clock: kit.clock,
      log: silentLog,
      env: kit.env,
      modelFile,
    });
    try {
      let count = 0;
      for await (const { start, end, text } of transcribe(samples, {
        vad: vad.begin(),
        asr,
        lang: "en",
        signal: kit.stop,
      })) {
        count++;
        const [from, to] = [toSeconds(start), toSeconds(end)];
        kit.out(
          options.json === true
            ? jsonLine({ start: from, end: to, text })
            : `${from.toFixed(2).padStart(8)}  ${text}\n`,
        );
      }
      if (count === 0) kit.err(`${kit.words.nothingHeard}\n`);
    } finally {
      await asr.close();
    }
  } finally {
    await vad.close();
  }
  return EXIT.ok;
};

const soundOf = (file: string, { words }: Kit): WavSound => {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new BunrakuError("input", words.noFile(file), { cause });
  }
  try {
    return readWav(bytes, "it");
  } catch (cause) {
    throw new BunrakuError("input", words.noWav(file, cause instanceof Error ? cause.message : ""), {
      cause,
    });
  }
};
