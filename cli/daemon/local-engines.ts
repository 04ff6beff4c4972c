import type { Engine } from "../../bridge/core/engine.ts";
import type { Log } from "../../bridge/core/log.ts";
import { fromMillis, later, type Micros, type SystemClock } from "../../bridge/core/time.ts";
import { LiveLinkEngine } from "../../bridge/engines/live-link.ts";
import { openSoundDevice } from "../../bridge/engines/open-sound-device.ts";
import { Pacer } from "../../bridge/engines/pacer.ts";
import { SpeakerEngine, speakerDelay } from "../../bridge/engines/speaker.ts";
import type { Preset } from "../../configs/preset.ts";
import type { Cast } from "./cast.ts";

/** From the first sound of a turn to hearing it: a page needs one message and one callback of its sound device. */
const PAGE_DELAY = fromMillis(60);

/** The playout delay that suits every engine of the preset: a slow sound card needs more than a page. */
export const playoutDelay = ({ engines: { speaker } }: Preset): Micros =>
  speaker.enabled ? later(PAGE_DELAY, speakerDelay(speaker)) : PAGE_DELAY;

/** The engines that live in the daemon itself, as the preset wants them: Live Link and the speaker. */
export class LocalEngines {
  readonly engines: readonly Engine[];
  readonly #pacer: Pacer;
  readonly #speaker: SpeakerEngine | undefined;

  constructor(options: { preset: Preset; cast: Cast; clock: SystemClock; log: Log }) {
    const { preset, cast, clock, log } = options;
    const { liveLink, speaker } = preset.engines;
    this.#pacer = new Pacer({ clock });
    if (speaker.enabled)
      this.#speaker = new SpeakerEngine({ ...speaker, clock, log, open: openSoundDevice, listener: cast });
    const engines: Engine[] = this.#speaker === undefined ? [] : [this.#speaker];
    if (liveLink.enabled) {
      this.#pacer.start();
      engines.push(new LiveLinkEngine({ ...liveLink, clock, pacer: this.#pacer }));
    }
    this.engines = engines;
    for (const engine of engines) cast.addEngine(engine);
  }

  /** Runs what has to be run until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#speaker?.run(signal);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.engines.map((engine) => engine.close()));
    await this.#pacer.close();
  }
}
