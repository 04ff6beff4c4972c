import { BunrakuError, reasonOf } from "../core/errors.ts";
import { AUDIO_RATE } from "../core/frames.ts";
import { fromSeconds, type Micros } from "../core/time.ts";
import type { SoundDevice, SoundDeviceOptions } from "./sound-device.ts";

/** As much of `node-web-audio-api` as is used here: an optional peer, so its own types may be absent. */
interface WebAudio {
  readonly AudioContext: new (options: {
    sampleRate: number;
    latencyHint: "interactive";
    sinkId?: string | { type: "none" };
  }) => AudioContext;
  readonly mediaDevices: { enumerateDevices(): Promise<readonly MediaDevice[]> };
}

interface MediaDevice {
  readonly deviceId: string;
  readonly kind: string;
  readonly label: string;
}

interface AudioContext {
  readonly currentTime: number;
  readonly baseLatency: number;
  readonly outputLatency: number;
  readonly destination: object;
  createBuffer(
    channels: number,
    length: number,
    rate: number,
  ): { copyToChannel(pcm: Float32Array, channel: number): void };
  createBufferSource(): {
    buffer: unknown;
    connect(to: object): void;
    disconnect(): void;
    start(at: number): void;
  };
  resume(): Promise<void>;
  close(): Promise<void>;
}

const PACKAGE: string = "node-web-audio-api";

/** The package, or undefined where it is not installed. */
const load = async (): Promise<WebAudio | undefined> => {
  try {
    return (await import(PACKAGE)) as WebAudio;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw new BunrakuError("device", `${PACKAGE} does not start here: ${reasonOf(error)}`, { cause: error });
  }
};

/** Opens a sound card through `node-web-audio-api`; undefined where that is not installed. Fault `device` with no such card. */
export const openWebAudioDevice = async (options: SoundDeviceOptions): Promise<SoundDevice | undefined> => {
  const webAudio = await load();
  if (webAudio === undefined) return undefined;
  const { device } = options;
  try {
    const sink = device === undefined || device === "none" ? undefined : await find(webAudio, device);
    const sinkId = device === "none" ? ({ type: "none" } as const) : sink?.deviceId;
    const context = new webAudio.AudioContext({
      sampleRate: AUDIO_RATE,
      latencyHint: "interactive",
      ...(sinkId === undefined ? {} : { sinkId }),
    });
    await context.resume();
    return new WebAudioDevice(
      context,
      sink?.label ?? (device === "none" ? "none" : "the system's sound card"),
    );
  } catch (error) {
    if (error instanceof BunrakuError) throw error;
    throw new BunrakuError("device", `No sound card can be opened: ${reasonOf(error)}`, { cause: error });
  }
};

const find = async (webAudio: WebAudio, name: string): Promise<MediaDevice> => {
  const devices = await webAudio.mediaDevices.enumerateDevices();
  const outputs = devices.filter(({ kind }) => kind === "audiooutput");
  const found = outputs.find(({ label }) => label.toLowerCase().includes(name.toLowerCase()));
  if (found !== undefined) return found;
  const names = outputs.map(({ label }) => `"${label}"`).join(", ") || "none at all";
  throw new BunrakuError("device", `There is no sound card named like "${name}"; there is ${names}.`);
};

/** Web Audio's own thread plays the blocks at their sample, however busy ours is. */
class WebAudioDevice implements SoundDevice {
  readonly name: string;
  readonly #context: AudioContext;

  constructor(context: AudioContext, name: string) {
    this.#context = context;
    this.name = name;
  }

  position(): number {
    return Math.round(this.#context.currentTime * AUDIO_RATE);
  }

  latency(): Micros {
    return fromSeconds(this.#context.baseLatency + this.#context.outputLatency);
  }

  play(pcm: Float32Array, at: number): () => void {
    const context = this.#context;
    const buffer = context.createBuffer(1, pcm.length, AUDIO_RATE);
    buffer.copyToChannel(pcm, 0);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    source.start(at / AUDIO_RATE);
    return () => source.disconnect();
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}
