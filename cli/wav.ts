import { BunrakuError } from "../bridge/core/errors.ts";

/** A sound file: mono, -1..1. */
export interface Wav {
  readonly sampleRate: number;
  readonly samples: Float32Array;
}

const FORMAT = { pcm: 1, float: 3, extensible: 0xfffe } as const;

/** Reads a RIFF/WAVE file of 8 to 32 bit PCM or 32 bit float; channels are averaged. Throws fault `input` otherwise. */
export const readWav = (bytes: Uint8Array): Wav => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || tag(0) !== "RIFF" || tag(8) !== "WAVE")
    throw bad("it does not begin with RIFF and WAVE");
  let format:
    | { readonly kind: number; readonly channels: number; readonly rate: number; readonly bits: number }
    | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const [name, size] = [tag(at), view.getUint32(at + 4, true)];
    const body = at + 8;
    if (name === "fmt ") {
      if (size < 16 || body + 16 > bytes.length) throw bad("its format is cut short");
      const kind = view.getUint16(body, true);
      const inner = kind === FORMAT.extensible && size >= 26 ? view.getUint16(body + 24, true) : kind;
      format = {
        kind: inner,
        channels: view.getUint16(body + 2, true),
        rate: view.getUint32(body + 4, true),
        bits: view.getUint16(body + 14, true),
      };
    }
    if (name === "data") {
      if (format === undefined) throw bad("its sound comes before its format");
      // A recorder that was stopped hard leaves a length of 0 or of 4 GiB: what is there counts.
      const length = size === 0 ? bytes.length - body : Math.min(size, bytes.length - body);
      return {
        sampleRate: format.rate,
        samples: samplesOf(new DataView(bytes.buffer, bytes.byteOffset + body, length), format),
      };
    }
    at = body + size + (size % 2);
  }
  throw bad("it holds no sound");
};

/** A mono 16-bit file. */
export const writeWav = ({ sampleRate, samples }: Wav): Uint8Array => {
  const bytes = new Uint8Array(44 + samples.length * 2);
  const view = new DataView(bytes.buffer);
  const put = (at: number, text: string): void => bytes.set(new TextEncoder().encode(text), at);
  put(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  put(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, FORMAT.pcm, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  put(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((value, index) =>
    view.setInt16(44 + index * 2, Math.round(Math.max(-1, Math.min(1, value)) * 32_767), true),
  );
  return bytes;
};

const samplesOf = (
  view: DataView,
  { kind, channels, rate, bits }: { kind: number; channels: number; rate: number; bits: number },
): Float32Array => {
  if (channels < 1 || channels > 64) throw bad(`it has ${channels} channels`);
  if (rate < 1_000 || rate > 768_000) throw bad(`its rate is ${rate} Hz`);
  const read = reader(kind, bits);
  const width = bits / 8;
  const count = Math.floor(view.byteLength / (width * channels));
  const samples = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++)
      sum += read(view, (index * channels + channel) * width);
    samples[index] = sum / channels;
  }
  return samples;
};

const reader = (kind: number, bits: number): ((view: DataView, at: number) => number) => {
  if (kind === FORMAT.float && bits === 32) return (view, at) => view.getFloat32(at, true);
  if (kind === FORMAT.pcm && bits === 8) return (view, at) => (view.getUint8(at) - 128) / 128;
  if (kind === FORMAT.pcm && bits === 16) return (view, at) => view.getInt16(at, true) / 32_768;
  if (kind === FORMAT.pcm && bits === 24)
    return (view, at) => (view.getUint16(at, true) + (view.getInt8(at + 2) << 16)) / 8_388_608;
  if (kind === FORMAT.pcm && bits === 32) return (view, at) => view.getInt32(at, true) / 2_147_483_648;
  throw bad(`its samples are of kind ${kind} with ${bits} bits; 16-bit PCM is what most programs write`);
};

const bad = (why: string): BunrakuError => new BunrakuError("input", why);
