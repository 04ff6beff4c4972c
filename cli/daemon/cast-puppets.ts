import type { Log } from "../../bridge/core/log.ts";
import type { Lang, PuppetId } from "../../bridge/core/frames.ts";
import type { Metrics } from "../../bridge/core/metrics.ts";
import type { Clock, Micros } from "../../bridge/core/time.ts";
import type { Preset } from "../../configs/preset.ts";
import { llmProviders } from "../../inference/dialogue/llm/list.ts";
import type { Persona } from "../../inference/dialogue/llm/persona.options.ts";
import type { Llm, Made, ProviderTools, Tts } from "../../inference/dialogue/provider.ts";
import { ttsProviders } from "../../inference/dialogue/tts/list.ts";
import { Voice } from "../../inference/dialogue/voice.ts";
import type { EarsOptions } from "./ears.ts";
import { open } from "./providers.ts";
import { Puppet } from "./puppet.ts";

export interface CastingOptions {
  readonly preset: Preset;
  readonly characters: ReadonlyMap<string, Persona>;
  readonly tools: ProviderTools;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly ears: EarsOptions["hearing"];
  /** From the first sound of a turn to hearing it. */
  readonly delay: Micros;
}

/** The voice of a daemon; one that is not embedded has the embedded one behind it. */
export interface DaemonVoice {
  readonly tts: Tts;
  readonly fallback?: Tts;
}

/** A daemon's puppets with their minds, by id in the order of the preset. */
export interface Casting {
  readonly puppets: ReadonlyMap<PuppetId, Puppet>;
  /** One for each puppet, in their order. */
  readonly minds: readonly Llm[];
}

/** Opens the chosen voice. Rejects with the provider's fault. */
export const openVoice = async (preset: Preset, tools: ProviderTools): Promise<DaemonVoice> => {
  const tts = await open(ttsProviders, preset.tts, tools);
  if (preset.tts.provider === "espeak") return { tts };
  try {
    return { tts, fallback: await open(ttsProviders, { provider: "espeak" }, tools) };
  } catch (error) {
    await closeAll([tts]);
    throw error;
  }
};

/** Closes what there is of voices and minds; one that fails to is left. */
export const closeAll = async (parts: readonly (Made | undefined)[]): Promise<void> => {
  await Promise.allSettled(parts.map(async (part) => part?.close()));
};

/** Makes every puppet of the preset; they share the voice and the ears. Rejects with a mind's fault. */
export const castPuppets = async (options: CastingOptions, voice: DaemonVoice): Promise<Casting> => {
  const minds: Llm[] = [];
  try {
    return { puppets: await makePuppets(options, { voice, minds }), minds };
  } catch (error) {
    await closeAll(minds);
    throw error;
  }
};

/** The puppets; `minds` gets each mind as soon as it is open. */
const makePuppets = async (
  options: CastingOptions,
  { voice, minds }: { voice: DaemonVoice; minds: Llm[] },
): Promise<ReadonlyMap<PuppetId, Puppet>> => {
  const { preset, characters, tools, clock, log } = options;
  const lang: Lang = preset.lang;
  const puppets = new Map<PuppetId, Puppet>();
  for (const { id, subject, character, seed } of preset.puppets) {
    const persona = characters.get(character);
    if (persona === undefined) throw new Error(`the character ${character} was not loaded`);
    const llm = await open(llmProviders(persona), preset.llm, tools);
    minds.push(llm);
    const puppet: Puppet = new Puppet({
      puppet: id as PuppetId,
      subject,
      seed,
      lang,
      persona,
      llm,
      voice: new Voice({
        ...voice,
        clock,
        log,
        troubled: ({ fault, message }) => puppet.tell({ kind: "trouble", fault, message }),
      }),
      clock,
      log: log.with({ puppet: id }),
      metrics: options.metrics,
      delay: options.delay,
      ears: options.ears,
    });
    puppets.set(id as PuppetId, puppet);
  }
  return puppets;
};
