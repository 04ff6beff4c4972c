import { BunrakuError, asBunrakuError } from "../../bridge/core/errors.ts";
import type { Lang } from "../../bridge/core/frames.ts";
import type { Log } from "../../bridge/core/log.ts";
import type { StatusReport } from "../../bridge/core/status.ts";
import type { Clock } from "../../bridge/core/time.ts";
import type { HangoverProfile } from "../../inference/dialogue/endpoint.ts";
import { Listening } from "../../inference/dialogue/listening.ts";
import type { Asr, AsrCapabilities } from "../../inference/dialogue/provider.ts";
import type { ModelProgress, ModelStore } from "../../inference/models/store.ts";
import { SileroVad } from "../../inference/perception/vad/silero.ts";

export interface HearingOptions {
  readonly lang: Lang;
  readonly clock: Clock;
  readonly log: Log;
  readonly models: ModelStore;
  /** Makes the recogniser; rejects with the fault to show. */
  readonly openAsr: () => Promise<Asr>;
  readonly asrId: string;
  readonly asrCapabilities: AsrCapabilities;
  /** Silences that end a turn. */
  readonly hangover: HangoverProfile;
}

/** The daemon's sense of hearing: opened in the background while the puppet already speaks, shared by every puppet. */
export class Hearing {
  readonly #options: HearingOptions;
  #vad: SileroVad | undefined;
  #asr: Asr | undefined;
  #fault: BunrakuError | undefined;
  #progress = "";

  constructor(options: HearingOptions) {
    this.#options = options;
  }

  /** Fetches what is missing and opens the models. Never throws: what fails is a puppet without ears and a sentence. */
  async open(signal: AbortSignal): Promise<void> {
    const { lang, asrCapabilities, asrId, models, log } = this.#options;
    if (!asrCapabilities.languages.includes(lang)) {
      this.#fault = new BunrakuError("config", deafTo(lang, asrId));
      return;
    }
    try {
      const onProgress = (progress: ModelProgress): void => this.note(progress);
      const file = await models.ensure("silero-vad/model", { signal, onProgress });
      this.#vad = await SileroVad.open(file, signal);
      this.#asr = await this.#options.openAsr();
      if (signal.aborted) await this.close();
      else log.info("the ears are ready", { asr: asrId });
    } catch (error) {
      if (signal.aborted) return;
      this.#fault = asBunrakuError(error, "model");
      log.warn("the puppet has no ears", { fault: this.#fault.fault, reason: this.#fault.message });
    }
  }

  /** Progress of the recogniser's own files, told by whoever fetches them. */
  note({ model, bytes, total }: ModelProgress): void {
    this.#progress = `fetching ${model}, ${Math.floor((100 * bytes) / Math.max(1, total))} %`;
  }

  /** A new listener for one puppet, once the models are there. */
  listen(): Listening | undefined {
    const { clock, log, lang, asrCapabilities, hangover } = this.#options;
    if (this.#vad === undefined || this.#asr === undefined) return undefined;
    const partials = asrCapabilities.partials;
    return new Listening({ vad: this.#vad.begin(), asr: this.#asr, clock, log, lang, partials, hangover });
  }

  /** Why nothing is heard. */
  why(): BunrakuError {
    const wait = this.#progress === "" ? "" : ` (${this.#progress})`;
    return (
      this.#fault ??
      new BunrakuError("model", `The ears are not ready yet${wait}; type meanwhile, or try again soon.`)
    );
  }

  status(): StatusReport {
    if (this.#fault !== undefined) {
      const status = this.#fault.fault === "config" ? "bad-config" : "degraded";
      return { name: "ears", status, detail: this.#fault.message };
    }
    if (this.#asr === undefined) return { name: "ears", status: "starting", detail: this.#progress };
    return { ...this.#asr.status(), name: "ears" };
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#vad?.close(), this.#asr?.close()]);
  }
}

const deafTo = (lang: Lang, asrId: string): string => {
  if (asrId === "none")
    return lang === "zh"
      ? '麦克风不可用：预设里 asr 是 none。(The microphone is off: the preset says asr "none".)'
      : 'The microphone is off: the preset says asr "none".';
  return lang === "zh"
    ? `麦克风不可用：“${asrId}”听不懂普通话，请把 asr 设为 openai 并指向支持中文的服务。(The microphone is off: "${asrId}" does not understand Mandarin; set asr to "openai" with a server that does.)`
    : `The microphone is off: "${asrId}" does not understand ${lang}; choose another asr provider.`;
};
