import { Playhead } from "../../sync/playhead.ts";
import type { SoundMessage } from "../link/link-messages.ts";
import type { FromPlayback, ToPlayback } from "./playback-messages.ts";

/** Sound held ahead: the daemon may send a whole turn at once. */
const CAPACITY_SECONDS = 30;
/** Quanta between two reports of the position: 512 frames, 94 a second at 48 kHz. */
const REPORT_QUANTA = 4;

/** Plays the link's sound. The playhead lives here, on the audio thread, and reports which pts each frame carries. */
class Playback extends AudioWorkletProcessor {
  readonly #playhead = new Playhead({ rate: sampleRate, capacity: CAPACITY_SECONDS * sampleRate });
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
    const reports = this.#playhead.takeReports();
    if (reports.length > 0) this.#link?.postMessage({ reports });
    if (this.#quanta++ % REPORT_QUANTA === 0) this.#report(out);
    return true;
  }

  #listen(link: MessagePort): void {
    this.#link = link;
    link.addEventListener("message", ({ data }: MessageEvent<SoundMessage>) => {
      if (data.type === "audio") this.#playhead.write(data.turn, data.pts, data.pcm);
      else if (data.type === "finish") this.#playhead.finish(data.turn, data.pts);
      else this.#playhead.flush(data.turn, data.fade);
    });
    link.start();
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
