import { Channel } from "../../../bridge/core/channel.ts";
import { asBunrakuError } from "../../../bridge/core/errors.ts";
import { EAR_RATE } from "../../../bridge/core/frames.ts";
import type { StatusReport } from "../../../bridge/core/status.ts";
import { fromSamples, plus, type Micros } from "../../../bridge/core/time.ts";
import { ModelWorker } from "../../models/worker/host.ts";
import {
  VAD_CONTEXT,
  VAD_INPUT,
  VAD_ITEM,
  VAD_OUTPUT,
  VAD_STATE,
  VAD_WINDOW,
} from "../../models/worker/silero-shape.ts";
import { SpeechGate, type Attention, type GateProfile, type Voice } from "./speech-gate.ts";

/** The newest 32 ms of one stream, judged. */
export interface VoiceWindow {
  /** Pts of the window's end. */
  readonly at: Micros;
  /** Probability of speech, 0..1. */
  readonly probability: number;
  readonly voice: Voice;
  /** Start of the first voiced window of the newest onset. */
  readonly since: Micros;
}

/** Windows that may wait: two seconds of sound. Then the oldest are lost, and the voice with them is old news. */
const WAITING = 64;
/** Windows of all streams in one run of the model; 16 cost 1.3 ms where one costs 0.4. */
const BATCH = 32;

/** Failed runs in a row after which every stream is told. */
const MAX_FAILURES = 4;

interface Waiting {
  readonly stream: VadStream;
  readonly lane: Lane;
  readonly at: Micros;
  readonly samples: Float32Array;
}

/** Silero VAD 5 in its worker. Any number of streams share it: what waits when the model is free is run at once. */
export class SileroVad {
  readonly #worker: ModelWorker;
  readonly #closing = new AbortController();
  #waiting: Waiting[] = [];
  #running = false;
  #trouble = "";
  #failures = 0;

  private constructor(worker: ModelWorker) {
    this.#worker = worker;
  }

  /** Opens the verified model file `silero-vad/model`. Faults: `device`, `model`. */
  static async open(file: string, signal: AbortSignal): Promise<SileroVad> {
    const worker = new ModelWorker({ family: "silero", files: { model: file } });
    try {
      await worker.open(signal);
      // The first run allocates: 10 ms that no user should wait for.
      await worker.call(new Float32Array(VAD_ITEM), { signal });
    } catch (error) {
      await worker.close();
      throw error;
    }
    return new SileroVad(worker);
  }

  /** A stream of one user's sound. */
  begin(profiles?: Readonly<Record<Attention, GateProfile>>): VadStream {
    return new VadStream(
      (stream, lane, at, samples) => this.#take({ stream, lane, at, samples }),
      new SpeechGate(profiles),
    );
  }

  status(): StatusReport {
    const { status, detail } = this.#worker.status();
    return {
      name: "vad:silero",
      status: this.#trouble === "" ? status : "degraded",
      detail: this.#trouble || detail,
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#waiting = [];
    await this.#worker.close();
  }

  #take(window: Waiting): void {
    if (this.#closing.signal.aborted) return;
    const { stream } = window;
    if (stream.waiting >= WAITING) {
      this.#waiting.splice(
        this.#waiting.findIndex((other) => other.stream === stream),
        1,
      );
      stream.waiting--;
      stream.dropped++;
    }
    stream.waiting++;
    this.#waiting.push(window);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#waiting.length > 0 && !this.#closing.signal.aborted)
        await this.#runBatch(this.#nextBatch());
    } finally {
      this.#running = false;
    }
  }

  /** At most one window of each lane, oldest first: the next one needs the state that this one leaves. */
  #nextBatch(): Waiting[] {
    const batch: Waiting[] = [];
    const rest: Waiting[] = [];
    const lanes = new Set<Lane>();
    for (const window of this.#waiting) {
      if (window.stream.closed) continue;
      if (batch.length < BATCH && !lanes.has(window.lane)) {
        lanes.add(window.lane);
        window.stream.waiting--;
        batch.push(window);
      } else rest.push(window);
    }
    this.#waiting = rest;
    return batch;
  }

  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    const input = new Float32Array(batch.length * VAD_ITEM);
    batch.forEach(({ lane, samples }, i) =>
      lane.fill(input.subarray(i * VAD_ITEM, (i + 1) * VAD_ITEM), samples),
    );
    try {
      const output = await this.#worker.call(input, {
        signal: this.#closing.signal,
        transfer: [input.buffer],
      });
      if (!(output instanceof Float32Array))
        throw new TypeError("the VAD answered something else than floats");
      batch.forEach(({ stream, lane, at }, i) =>
        stream.judge(at, lane.learn(output.subarray(i * VAD_OUTPUT, (i + 1) * VAD_OUTPUT))),
      );
      this.#trouble = "";
      this.#failures = 0;
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      const trouble = asBunrakuError(error, "model");
      this.#trouble = trouble.message;
      // The worker starts again by itself: a window or two taken as quiet are better than lost ears.
      const lost = ++this.#failures >= MAX_FAILURES;
      for (const { stream, at } of batch) stream.miss(at, lost ? trouble : undefined);
    }
  }
}

/** One user's sound, cut into windows and judged in order. Made by `SileroVad.begin`. */
export class VadStream {
  /** Windows lost because the model was too slow. */
  dropped = 0;
  /** Windows that wait for the model. */
  waiting = 0;
  readonly #send: SendWindow;
  readonly #gate: SpeechGate;
  readonly #judged = new Channel<{ at: Micros; probability: number }>({
    capacity: WAITING,
    overflow: "drop-oldest",
  });
  readonly #lane = new Lane(0);
  /** Half a window behind the other, only while the puppet speaks: an onset is found sooner, wherever it falls. */
  #second: Lane | undefined;

  constructor(send: SendWindow, gate: SpeechGate) {
    this.#send = send;
    this.#gate = gate;
  }

  get closed(): boolean {
    return this.#judged.closed;
  }

  attend(attention: Attention): void {
    this.#gate.attend(attention);
    if (attention !== "speaking") this.#second = undefined;
    else this.#second ??= new Lane((this.#lane.held + VAD_WINDOW / 2) % VAD_WINDOW);
  }

  /**
   * The user's turn is over, and what the model remembers of it. With that memory it doubts the next voice: after five
   * seconds of silence the onsets of 4 in 7 clips still came 130 to 170 ms later than with none.
   */
  settle(): void {
    this.#gate.settle();
    this.#lane.forget();
    this.#second?.forget();
  }

  /** Mono samples at 16 kHz; `at` is the pts of the first. Never blocks. */
  push(samples: Float32Array, at: Micros): void {
    const full: { lane: Lane; end: number; window: Float32Array }[] = [];
    for (const lane of this.#second === undefined ? [this.#lane] : [this.#lane, this.#second])
      for (const { end, window } of lane.cut(samples)) full.push({ lane, end, window });
    full.sort((a, b) => a.end - b.end);
    for (const { lane, end, window } of full)
      this.#send(this, lane, plus(at, fromSamples(end, EAR_RATE)), window);
  }

  /** Windows as they are judged, for one reader. Throws fault `model` when the model fails. */
  async *windows(signal: AbortSignal): AsyncGenerator<VoiceWindow, void, undefined> {
    // The gate works here, not where windows are judged: `settle` and `attend` then count from the window the reader has seen.
    for await (const { at, probability } of this.#judged.read(signal))
      yield { at, probability, voice: this.#gate.push(at, probability), since: this.#gate.since };
  }

  close(): void {
    this.#judged.close();
  }

  /** Takes a window's probability. */
  judge(at: Micros, probability: number): void {
    this.#judged.offer({ at, probability });
  }

  /** A window that could not be judged counts as quiet, so that time goes on; with `error` the stream ends. */
  miss(at: Micros, error: Error | undefined): void {
    if (error === undefined) this.#judged.offer({ at, probability: 0 });
    else this.#judged.close(error);
  }
}

type SendWindow = (stream: VadStream, lane: Lane, at: Micros, samples: Float32Array) => void;

/** One way of cutting a stream into windows, with the model's memory along it. */
class Lane {
  readonly #state = new Float32Array(VAD_STATE);
  readonly #context = new Float32Array(VAD_CONTEXT);
  #part = new Float32Array(VAD_WINDOW);
  #held: number;
  #forget = false;

  /** `held` samples of silence count as the start of the first window. */
  constructor(held: number) {
    this.#held = held;
  }

  /** Samples of the window that is being filled. */
  get held(): number {
    return this.#held;
  }

  /** Before the next window the model's memory is cleared. */
  forget(): void {
    this.#forget = true;
  }

  /** Windows that `samples` complete, each with the index past its last sample. */
  *cut(samples: Float32Array): Generator<{ end: number; window: Float32Array }> {
    for (let from = 0; from < samples.length;) {
      const part = samples.subarray(from, from + VAD_WINDOW - this.#held);
      this.#part.set(part, this.#held);
      this.#held += part.length;
      from += part.length;
      if (this.#held < VAD_WINDOW) return;
      const window = this.#part;
      this.#part = new Float32Array(VAD_WINDOW);
      this.#held = 0;
      yield { end: from, window };
    }
  }

  /** Writes one request item; the samples become the next window's context. */
  fill(item: Float32Array, samples: Float32Array): void {
    if (this.#forget) this.#state.fill(0);
    this.#forget = false;
    item.set(this.#context, 0);
    item.set(samples, VAD_CONTEXT);
    item.set(this.#state, VAD_INPUT);
    this.#context.set(samples.subarray(VAD_WINDOW - VAD_CONTEXT));
  }

  /** Takes one answer item and returns its probability. */
  learn(item: Float32Array): number {
    this.#state.set(item.subarray(1));
    return item[0] ?? 0;
  }
}
