import { Playhead } from "../../sync/playhead.ts";
import type { PlayheadReport } from "../../sync/playhead.ts";
import type { ToSound } from "../link/link-messages.ts";
import type { FromPlayback, ToPlayback } from "./playback-messages.ts";

/** Sound held ahead: the daemon may send a whole turn at once. */
const CAPACITY_SECONDS = 30;
/** Quanta between two reports of the position: 512 frames, 94 a second at 48 kHz. */
const REPORT_QUANTA = 4;

const emptyPlayhead = (): Playhead =>
  new Playhead({ rate: sampleRate, capacity: CAPACITY_SECONDS * sampleRate });

/** Plays the link's sound. The playhead lives here, on the audio thread, and reports which pts each frame carries. */
class Playback extends AudioWorkletProcessor {
  #playhead = emptyPlayhead();
  /** Reports wait until what they tell has passed the device as well. */
  #unheard: { readonly report: PlayheadReport; readonly frame: number }[] = [];
  #schedule: ToPlayback["schedule"];
  #link: MessagePort | undefined;
  #quanta = 0;

  constructor() {
    super();
    this.port.addEventListener("message", ({ data }: MessageEvent<ToPlayback>) => {
      if (data.schedule !== undefined) this.#schedule = data.schedule;
      if (data.link !== undefined) this.#listen(data.link);
    });
    this.port.start();
  }

  process(_inputs: unknown, outputs: Float32Array[][]): boolean {
    const out = outputs[0]?.[0];
    if (out === undefined || this.#schedule === undefined) return true;
    const { frame, pts, slope } = this.#schedule;
    this.#playhead.read(out, pts + ((currentFrame - frame) / sampleRate) * 1_000_000 * slope);
    for (const channel of outputs[0] ?? []) if (channel !== out) channel.set(out);
    this.#tellHeard();
    if (this.#quanta++ % REPORT_QUANTA === 0) this.#report(out);
    return true;
  }

  #listen(link: MessagePort): void {
    this.#link = link;
    link.addEventListener("message", ({ data }: MessageEvent<ToSound>) => this.#take(data));
    link.start();
  }

  #take(message: ToSound): void {
    switch (message.type) {
      case "audio":
        return this.#playhead.write(message.turn, message.pts, message.pcm);
      case "finish":
        return this.#playhead.finish(message.turn, message.pts);
      case "flush":
        return this.#playhead.flush(message.turn, message.fade);
      case "reset":
        this.#playhead = emptyPlayhead();
        this.#unheard = [];
    }
  }

  #tellHeard(): void {
    const frame = currentFrame + (this.#schedule?.latency ?? 0);
    for (const report of this.#playhead.takeReports()) this.#unheard.push({ report, frame });
    const heard = this.#unheard.filter((waiting) => waiting.frame <= currentFrame);
    if (heard.length === 0) return;
    this.#unheard = this.#unheard.filter((waiting) => waiting.frame > currentFrame);
    this.#link?.postMessage({ reports: heard.map(({ report }) => report) });
  }

  #report(block: Float32Array): void {
    let energy = 0;
    for (const sample of block) energy += sample * sample;
    const report: FromPlayback = {
      // The playhead stands behind this block.
      frame: currentFrame + block.length,
      pts: this.#playhead.pts,
      playing: this.#playhead.playing,
      level: Math.sqrt(energy / block.length),
      underruns: this.#playhead.underruns,
    };
    this.port.postMessage(report);
  }
}

registerProcessor("bunraku-playback", Playback);
