import type { BunrakuError } from "../../bridge/core/errors.ts";
import { isAbort, reasonOf } from "../../bridge/core/errors.ts";
import { EAR_RATE } from "../../bridge/core/frames.ts";
import type { Log } from "../../bridge/core/log.ts";
import { Resampler, toFloat32 } from "../../bridge/core/resample.ts";
import { fromMillis, fromSamples, type Clock, type Micros } from "../../bridge/core/time.ts";
import type { Link } from "../../bridge/engines/link.ts";
import type { ConsoleEvent } from "../../bridge/wire/messages.ts";
import type { Listening } from "../../inference/dialogue/listening.ts";
import type { UserEvent } from "../../inference/dialogue/user-event.ts";

export interface EarsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** What hears, once it is there; until then, or if it never can be, why not. */
  readonly hearing: { listen(): Listening | undefined; why(): BunrakuError };
  readonly heard: (event: UserEvent) => void;
  readonly tell: (event: ConsoleEvent) => void;
}

/** How often we look whether the ears' models have arrived. */
const LOOK = fromMillis(100);
/** A jump of the capture clock beyond this starts the resampler afresh. */
const MAX_JUMP = fromMillis(200);

/** One puppet's ears: the microphone of one link at a time, brought to 16 kHz and listened to. */
export class Ears {
  readonly #options: EarsOptions;
  #owner: Link | undefined;
  #resampler: { readonly rate: number; readonly made: Resampler; next: Micros } | undefined;
  #listening: Listening | undefined;
  #mode: "idle" | "thinking" | "speaking" = "idle";
  #complained = false;

  constructor(options: EarsOptions) {
    this.#options = options;
  }

  /** Passes on what is heard, from when the ears are ready until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, heard, log } = this.#options;
    try {
      let listening: Listening | undefined;
      while ((listening = this.#open()) === undefined)
        await clock.sleepUntil((clock.now() + LOOK) as Micros, signal);
      for await (const event of listening.events(signal)) heard(event);
    } catch (error) {
      if (!isAbort(error, signal)) log.error("the ears stopped", { error: reasonOf(error) });
    }
  }

  /** A page turns its microphone on or off; the newest one has the puppet's ear. */
  claim(link: Link, on: boolean): void {
    if (!on) return this.release(link);
    this.#owner = link;
    this.#resampler = undefined;
    this.#complained = false;
  }

  release(link: Link): void {
    if (this.#owner === link) this.#owner = undefined;
  }

  attend(state: string): void {
    this.#mode = state === "speaking" || state === "thinking" ? state : "idle";
    this.#listening?.attend(this.#mode);
  }

  push(link: Link, sound: { at: Micros; sampleRate: number; pcm: Int16Array }): void {
    this.#owner ??= link;
    if (this.#owner !== link) return;
    const listening = this.#open();
    if (listening === undefined) return this.#complain();
    const known = this.#resampler;
    if (known === undefined || known.rate !== sound.sampleRate || Math.abs(known.next - sound.at) > MAX_JUMP)
      this.#resampler = {
        rate: sound.sampleRate,
        made: new Resampler({ from: sound.sampleRate, to: EAR_RATE }),
        next: sound.at,
      };
    const resampler = this.#resampler;
    if (resampler === undefined) return;
    const samples = resampler.made.push(toFloat32(sound.pcm));
    listening.push(samples, sound.at);
    resampler.next = (sound.at + fromSamples(sound.pcm.length, sound.sampleRate)) as Micros;
  }

  /** The listener, from the moment there can be one: sound that comes before the next look is heard too. */
  #open(): Listening | undefined {
    if (this.#listening === undefined) {
      this.#listening = this.#options.hearing.listen();
      this.#listening?.attend(this.#mode);
    }
    return this.#listening;
  }

  /** Once per claim: why nobody listens. */
  #complain(): void {
    if (this.#complained) return;
    this.#complained = true;
    const { fault, message } = this.#options.hearing.why();
    this.#options.tell({ kind: "trouble", fault, message });
  }
}
