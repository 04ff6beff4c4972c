import { EAR_RATE } from "../../core/frames.ts";
import { Decimator } from "./decimator.ts";

/** Samples in a piece: 20 ms. */
const PIECE = 320;

/** Cuts the microphone into 20 ms pieces of 16 kHz s16 and sends them past the page; the page gets the level. */
class Capture extends AudioWorkletProcessor {
  readonly #decimator = new Decimator(Math.round(sampleRate / EAR_RATE));
  #piece = new Int16Array(PIECE);
  #filled = 0;
  #energy = 0;
  #link: MessagePort | undefined;

  constructor() {
    super();
    this.port.addEventListener("message", ({ data }: MessageEvent<MessagePort>) => {
      this.#link = data;
    });
    this.port.start();
  }

  process(inputs: Float32Array[][]): boolean {
    for (const sample of inputs[0]?.[0] ?? []) {
      const slow = this.#decimator.push(sample);
      if (slow !== undefined) this.#take(slow);
    }
    return true;
  }

  #take(sample: number): void {
    this.#piece[this.#filled++] = Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_767)));
    this.#energy += sample * sample;
    if (this.#filled < PIECE) return;
    this.#link?.postMessage({ pcm: this.#piece }, [this.#piece.buffer]);
    this.port.postMessage(Math.sqrt(this.#energy / PIECE));
    this.#piece = new Int16Array(PIECE);
    this.#filled = 0;
    this.#energy = 0;
  }
}

registerProcessor("bunraku-capture", Capture);
