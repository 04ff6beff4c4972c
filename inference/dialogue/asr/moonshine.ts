import { BunrakuError } from "../../../bridge/core/errors.ts";
import { EAR_RATE, type Lang } from "../../../bridge/core/frames.ts";
import { ModelWorker } from "../../models/worker/host.ts";
import type { Hearing, Segment } from "../../models/worker/moonshine.ts";
import type { Asr, AsrProvider, AsrTurn } from "../provider.ts";
import { moonshineOptions, type MoonshineOptions } from "./moonshine.options.ts";
import { isSilent, LONGEST_SEGMENT, quietCut, withoutEdges } from "./segments.ts";
import { TurnAudio } from "./turn-audio.ts";

/** Shorter sound holds no word, and the encoder's convolutions need this much. */
const SHORTEST = EAR_RATE / 5;

/**
 * Silence added after the sound. Sound that is cut right behind the last word reads as going on ("five, five,"); with
 * this much it ends in a full stop, at 10 ms of work. Measured: 0, 100, 200, 300 and 500 ms over 16 cuts.
 */
const TAIL = EAR_RATE / 5;

/** Moonshine tiny on this machine: English, 42–50 ms of one core per second of speech, less with a draft. */
export const moonshine: AsrProvider<MoonshineOptions> = {
  id: "moonshine",
  kind: "asr",
  options: moonshineOptions,
  capabilities: { languages: ["en"], partials: true },
  create: async (_options, { modelFile }): Promise<Asr> => {
    const [encoder, decoder] = [
      await modelFile("moonshine-tiny/encoder"),
      await modelFile("moonshine-tiny/decoder"),
    ];
    const worker = new ModelWorker({ family: "moonshine", files: { encoder, decoder } });
    try {
      // The first run allocates the arena: the first user should not wait for it.
      await hear(worker, { samples: new Float32Array(EAR_RATE), draft: [] }, NEVER);
    } catch (error) {
      await worker.close();
      throw error;
    }
    return {
      begin: (lang) => {
        assertEnglish(lang);
        return new MoonshineTurn(worker);
      },
      status: () => ({ ...worker.status(), name: "asr:moonshine" }),
      close: () => worker.close(),
    };
  },
};

const NEVER = new AbortController().signal;

const assertEnglish = (lang: Lang): void => {
  if (lang === "en") return;
  // It answers Mandarin with fluent English nonsense and gives no sign of doubt.
  throw new BunrakuError(
    "config",
    "the embedded recogniser understands English only; for Mandarin set asr to `openai` with a server that does",
  );
};

const hear = async (worker: ModelWorker, segment: Segment, signal: AbortSignal): Promise<Hearing> =>
  (await worker.call(segment, { signal })) as Hearing;

/** One user turn. The tokens of each hearing are the draft of the next; a long turn is cut where it is quiet. */
class MoonshineTurn implements AsrTurn {
  readonly #worker: ModelWorker;
  readonly #audio = new TurnAudio();
  /** Text of the segments that are cut off and done. */
  #done: string[] = [];
  #draft: readonly number[] = [];

  constructor(worker: ModelWorker) {
    this.#worker = worker;
  }

  push(samples: Float32Array): void {
    this.#audio.push(samples);
  }

  async transcribe(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    while (this.#audio.length > LONGEST_SEGMENT) {
      const cut = quietCut(this.#audio.all());
      const { text } = await this.#hear(cut, signal);
      if (text !== "") this.#done.push(text);
      this.#audio.drop(cut);
      this.#draft = [];
    }
    const { text } = await this.#hear(this.#audio.length, signal);
    return [...this.#done, text].filter((part) => part !== "").join(" ");
  }

  close(): void {
    this.#audio.clear();
    this.#done = [];
    this.#draft = [];
  }

  async #hear(length: number, signal: AbortSignal): Promise<Hearing> {
    const sound = this.#audio.all().subarray(0, length);
    if (sound.length < SHORTEST || isSilent(sound)) return { text: "", tokens: [] };
    const voice = withoutEdges(sound);
    const samples = new Float32Array(voice.length + TAIL);
    samples.set(voice);
    const heard = await hear(this.#worker, { samples, draft: this.#draft }, signal);
    this.#draft = heard.tokens;
    return heard;
  }
}
