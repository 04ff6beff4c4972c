import type { SoundDevice } from "../../bridge/engines/sound-device.ts";
import { AUDIO_RATE } from "../../bridge/core/frames.ts";
import { fromMillis, type Clock, type Micros } from "../../bridge/core/time.ts";

/** A sound card on virtual time. It keeps what it has presented, and like a card it cannot un-play what it took. */
export class FakeSoundCard implements SoundDevice {
  readonly name = "a fake card";
  readonly played = new Float32Array(AUDIO_RATE * 20);
  closed = false;
  #blocks: { readonly at: number; readonly pcm: Float32Array }[] = [];
  #mixed = 0;
  readonly #options: { clock: Clock; buffer: number; latencyMs: number; ppm: number; start: Micros };

  /** `buffer`: samples it takes at once. `ppm`: how much faster it runs than the daemon's clock. */
  constructor(options: { clock: Clock; buffer?: number; latencyMs?: number; ppm?: number }) {
    const { clock, buffer = 128, latencyMs = 0, ppm = 0 } = options;
    this.#options = { clock, buffer, latencyMs, ppm, start: clock.now() };
  }

  position(): number {
    const { clock, buffer, ppm, start } = this.#options;
    const elapsed = ((clock.now() - start) * AUDIO_RATE * (1 + ppm * 1e-6)) / 1_000_000;
    const taken = Math.floor(elapsed / buffer) * buffer;
    this.#mix(taken + buffer);
    return taken;
  }

  latency(): Micros {
    return fromMillis(this.#options.latencyMs);
  }

  play(pcm: Float32Array, at: number): () => void {
    if (at < this.#mixed)
      throw new Error(`a block for sample ${at} came when ${this.#mixed} was taken already`);
    const block = { at, pcm };
    this.#blocks.push(block);
    return () => (this.#blocks = this.#blocks.filter((other) => other !== block || other.at < this.#mixed));
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  /** The daemon's time at which sample `index` is at the ear. */
  heardAt(index: number): number {
    const { ppm, start, latencyMs } = this.#options;
    return start + (index * 1_000_000) / (AUDIO_RATE * (1 + ppm * 1e-6)) + latencyMs * 1_000;
  }

  /** What is below `to` is the card's now. */
  #mix(to: number): void {
    for (const { at, pcm } of this.#blocks)
      for (let i = Math.max(0, this.#mixed - at); i < Math.min(pcm.length, to - at); i++)
        this.played[at + i] = (this.played[at + i] ?? 0) + (pcm[i] ?? 0);
    this.#mixed = Math.max(this.#mixed, to);
    this.#blocks = this.#blocks.filter(({ at, pcm }) => at + pcm.length > this.#mixed);
  }
}
