import { BunrakuError, reasonOf } from "../core/errors.ts";
import { AUDIO_RATE } from "../core/frames.ts";
import { toInt16 } from "../core/resample.ts";
import { fromMillis, type Micros } from "../core/time.ts";
import type { SoundDevice, SoundDeviceOptions } from "./sound-device.ts";

/** As much of `naudiodon` (PortAudio) as is used here: an optional peer, so its own types may be absent. */
interface Naudiodon {
  readonly SampleFormat16Bit: number;
  getDevices(): readonly PortAudioDevice[];
  AudioIO(options: { outOptions: object }): AudioStream;
}

interface PortAudioDevice {
  readonly id: number;
  readonly name: string;
  readonly maxOutputChannels: number;
}

/** A Node writable; a write is over when PortAudio has taken it. */
interface AudioStream {
  write(bytes: Buffer, done: (error?: Error | null) => void): boolean;
  start(): void;
  quit(done: () => void): void;
  on(event: "error", listener: (error: Error) => void): void;
}

const PACKAGE: string = "naudiodon";
/** Samples a write: 10 ms. PortAudio queues `QUEUE` of them. */
const CHUNK = 480;
const QUEUE = 2;
/** What PortAudio's low-latency devices hold beyond that queue; it does not say, so `latencyMs` may correct it. */
const CARD = fromMillis(20);

const load = async (): Promise<Naudiodon | undefined> => {
  try {
    return ((await import(PACKAGE)) as { default: Naudiodon }).default;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw new BunrakuError("device", `${PACKAGE} does not start here: ${reasonOf(error)}`, { cause: error });
  }
};

/** Opens a sound card through `naudiodon`; undefined where that is not installed. Fault `device` with no such card. */
export const openNaudiodonDevice = async ({
  device,
}: SoundDeviceOptions): Promise<SoundDevice | undefined> => {
  const naudiodon = await load();
  if (naudiodon === undefined) return undefined;
  try {
    const outputs = naudiodon.getDevices().filter(({ maxOutputChannels }) => maxOutputChannels > 0);
    const found =
      device === undefined
        ? outputs[0]
        : outputs.find(({ name }) => name.toLowerCase().includes(device.toLowerCase()));
    const names = outputs.map(({ name }) => `"${name}"`).join(", ") || "none at all";
    if (found === undefined)
      throw new BunrakuError(
        "device",
        `There is no sound card named like "${device ?? ""}"; there is ${names}.`,
      );
    const stream = naudiodon.AudioIO({
      outOptions: {
        channelCount: 1,
        sampleFormat: naudiodon.SampleFormat16Bit,
        sampleRate: AUDIO_RATE,
        deviceId: device === undefined ? -1 : found.id,
        framesPerBuffer: CHUNK,
        maxQueue: QUEUE,
        closeOnError: false,
      },
    });
    return new NaudiodonDevice(stream, device === undefined ? "the system's sound card" : found.name);
  } catch (error) {
    if (error instanceof BunrakuError) throw error;
    throw new BunrakuError("device", `No sound card can be opened: ${reasonOf(error)}`, { cause: error });
  }
};

/** PortAudio has no timeline and mixes nothing: blocks wait here and are mixed into the chunk that is written next. */
export class NaudiodonDevice implements SoundDevice {
  readonly name: string;
  readonly #stream: AudioStream;
  #blocks: { readonly at: number; readonly pcm: Float32Array }[] = [];
  #written = 0;
  #closed = false;

  constructor(stream: AudioStream, name: string) {
    this.#stream = stream;
    this.name = name;
    // An error ends the writes: the position stands still, and the speaker says that the card has stopped.
    stream.on("error", () => (this.#closed = true));
    stream.start();
    this.#write();
  }

  position(): number {
    return this.#written;
  }

  latency(): Micros {
    return (fromMillis((QUEUE * CHUNK * 1_000) / AUDIO_RATE) + CARD) as Micros;
  }

  play(pcm: Float32Array, at: number): () => void {
    const block = { at, pcm };
    this.#blocks.push(block);
    return () => {
      this.#blocks = this.#blocks.filter((other) => other !== block);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await new Promise<void>((resolve) => this.#stream.quit(resolve));
  }

  #write(): void {
    if (this.#closed) return;
    const from = this.#written;
    const mixed = new Float32Array(CHUNK);
    for (const { at, pcm } of this.#blocks)
      for (let i = Math.max(0, from - at); i < Math.min(pcm.length, from + CHUNK - at); i++)
        mixed[at + i - from] = (mixed[at + i - from] ?? 0) + (pcm[i] ?? 0);
    this.#blocks = this.#blocks.filter(({ at, pcm }) => at + pcm.length > from + CHUNK);
    this.#written = from + CHUNK;
    this.#stream.write(Buffer.from(toInt16(mixed).buffer), (error) => {
      if (error !== undefined && error !== null) this.#closed = true;
      else this.#write();
    });
  }
}
