import { Channel } from "../../bridge/core/channel.ts";
import { orAbort } from "../../bridge/core/stage.ts";
import { fromMillis, plus, type Clock, type Micros } from "../../bridge/core/time.ts";
import type { Asr, AsrTurn } from "../../inference/dialogue/provider.ts";
import { SpeechGate, type Attention, type Voice } from "../../inference/perception/vad/speech-gate.ts";

/** A voice stream whose verdicts come from the test: the probability of a piece is the level of its first sample. */
export class ScriptedVoice {
  readonly #gate = new SpeechGate();
  readonly #windows = new Channel<{ at: Micros; probability: number }>({
    capacity: 256,
    overflow: "drop-oldest",
  });
  attention: Attention = "idle";
  settled = 0;

  /** Pieces are whole windows of 512 samples, or the listener's own silence. */
  push(samples: Float32Array, at: Micros): void {
    this.#windows.offer({ at: plus(at, fromMillis(samples.length / 16)), probability: samples[0] ?? 0 });
  }

  attend(attention: Attention): void {
    this.attention = attention;
    this.#gate.attend(attention);
  }

  settle(): void {
    this.settled++;
    this.#gate.settle();
  }

  async *windows(signal: AbortSignal): AsyncGenerator<{ at: Micros; voice: Voice; since: Micros }> {
    for await (const { at, probability } of this.#windows.read(signal))
      yield { at, voice: this.#gate.push(at, probability), since: this.#gate.since };
  }

  close(): void {
    this.#windows.close();
  }

  fail(error: Error): void {
    this.#windows.close(error);
  }
}

export interface ScriptedAsrOptions {
  readonly clock: Clock;
  /** Words for so many voiced milliseconds. */
  readonly words: (voicedMs: number) => string;
  /** Time of one transcription. */
  readonly takes?: Micros;
}

/** A recogniser whose words depend on how much voice it was given. Counts what is asked of it. */
export class ScriptedAsr implements Asr {
  readonly #options: ScriptedAsrOptions;
  asked = 0;
  aborted = 0;
  open = 0;
  /** Samples given to the newest turn. */
  samples = 0;
  failure: Error | undefined;

  constructor(options: ScriptedAsrOptions) {
    this.#options = options;
  }

  begin(): AsrTurn {
    const { clock, words, takes = fromMillis(40) } = this.#options;
    let voiced = 0;
    this.open++;
    this.samples = 0;
    return {
      push: (samples) => {
        this.samples += samples.length;
        voiced += samples.reduce((count, sample) => count + (sample > 0.3 ? 1 : 0), 0);
      },
      transcribe: async (signal) => {
        this.asked++;
        const text = words(voiced / 16);
        try {
          await orAbort(clock.sleepUntil(plus(clock.now(), takes), signal), signal);
        } catch (error) {
          this.aborted++;
          throw error;
        }
        if (this.failure !== undefined) throw this.failure;
        return text;
      },
      close: () => {
        this.open--;
      },
    };
  }

  status() {
    return { name: "asr:scripted", status: "ready", detail: "" } as const;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
