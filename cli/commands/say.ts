import { writeFileSync } from "node:fs";
import { BunrakuError } from "../../bridge/core/errors.ts";
import type { TurnId } from "../../bridge/core/frames.ts";
import { silentLog } from "../../bridge/core/log.ts";
import { toSamples } from "../../bridge/core/time.ts";
import type { WavSound } from "../../bridge/core/wav.ts";
import { wavBody } from "../../bridge/core/wav-body.ts";
import { postToDaemon, type DaemonAddress } from "../daemon-client.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { jsonLine, withCommon, type CommonOptions, type Kit, type Registrar } from "../kit.ts";

interface SayOptions extends CommonOptions, DaemonAddress {
  readonly puppet?: string;
  readonly wav?: string;
}

export const sayCommand: Registrar = (program, kit, act) => {
  const { words } = kit;
  const command = program
    .command("say")
    .description(words.say)
    .argument("<text>", words.sayText)
    .option("--puppet <id>", words.puppet)
    .option("--wav <file>", words.sayWav)
    .option("--url <url>", words.url)
    .option("--token-file <file>", words.tokenFile)
    .action(
      act<SayOptions>(([text = ""], options) =>
        options.wav === undefined ? tell(text, options, kit) : render(text, options.wav, { options, kit }),
      ),
    );
  withCommon(command, kit, ['bunraku say "Good evening."', 'bunraku say "你好" --wav hello.wav']);
};

const tell = async (text: string, options: SayOptions, kit: Kit): Promise<ExitCode> => {
  const { puppet } = options;
  const answer = await postToDaemon(
    "/v1/say",
    { text, ...(puppet === undefined ? {} : { puppet }) },
    { address: options, kit },
  );
  kit.out(options.json === true ? jsonLine(answer) : `${kit.words.said(puppet ?? "")}\n`);
  return EXIT.ok;
};

/** Speaks into a file, with the embedded voice and no daemon. */
const render = async (
  text: string,
  file: string,
  { options, kit }: { options: SayOptions; kit: Kit },
): Promise<ExitCode> => {
  const wav = await speak(text, kit);
  if (wav.samples.length === 0) throw new BunrakuError("input", kit.words.nothingSpeakable);
  try {
    writeFileSync(file, wavBody(wav.samples, wav.sampleRate));
  } catch (cause) {
    throw new BunrakuError("input", kit.words.cannotWrite(file), { cause });
  }
  const seconds = wav.samples.length / wav.sampleRate;
  kit.out(
    options.json === true
      ? jsonLine({ file, seconds, sampleRate: wav.sampleRate })
      : `${kit.words.wrote(file, seconds.toFixed(1))}\n`,
  );
  return EXIT.ok;
};

/** A text as the embedded voice speaks it, pauses between clauses included. Fault `device` where the voice does not start. */
export const speak = async (text: string, kit: Kit): Promise<Pick<WavSound, "sampleRate" | "samples">> => {
  const { espeak } = await import("../../inference/dialogue/tts/espeak.ts");
  const { Voice } = await import("../../inference/dialogue/voice.ts");
  const tools = {
    clock: kit.clock,
    log: silentLog,
    env: kit.env,
    modelFile: (id: string) => Promise.reject(new BunrakuError("model", id)),
  };
  const tts = await espeak.create(espeak.options.parse({}), tools);
  try {
    const voice = new Voice({ tts, clock: kit.clock, log: silentLog });
    const pieces: { readonly at: number; readonly pcm: Float32Array }[] = [];
    let rate = 0;
    for await (const chunk of voice.speak(1 as TurnId, only(text), { lang: kit.lang, signal: kit.stop })) {
      rate = chunk.sampleRate;
      pieces.push({ at: toSamples(chunk.offset, rate), pcm: chunk.pcm });
    }
    const last = pieces.at(-1);
    const samples = new Float32Array(last === undefined ? 0 : last.at + last.pcm.length);
    for (const { at, pcm } of pieces) samples.set(pcm.subarray(0, samples.length - at), at);
    return { sampleRate: rate, samples };
  } finally {
    await tts.close();
  }
};

async function* only(text: string): AsyncGenerator<string, void, undefined> {
  yield text;
}
