import { BunrakuError } from "./errors.ts";
import { readSample, type SampleFormat } from "./wav-sample.ts";

/** The sound of a WAV file as mono samples, -1..1. */
export interface WavSound {
  readonly samples: Float32Array;
  /** Hz, 1,000 to 768,000. */
  readonly sampleRate: number;
  /** Channels that were mixed down. */
  readonly channels: number;
  /** True where the file ends before its header says so: what is there is used. */
  readonly truncated: boolean;
}

/** A larger sound is refused, bytes: 17 minutes of 48 kHz stereo. */
export const MAX_WAV_BYTES = 200_000_000;
const MAX_CHANNELS = 32;

/** Decodes the bytes of a WAV file; `name` is for sentences. Throws fault `input`. */
export const readWav = (bytes: Uint8Array, name = "the sound"): WavSound => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 0) throw refused(name, "is empty");
  if (bytes.length > MAX_WAV_BYTES) throw refused(name, `is larger than ${MAX_WAV_BYTES / 1e6} MB`);
  const riff = tagAt(bytes, 0);
  if (riff === "RIFX" || riff === "RF64")
    throw refused(name, `is a ${riff} file; save it as an ordinary WAV`);
  if (riff !== "RIFF" || tagAt(bytes, 8) !== "WAVE") throw refused(name, "is not a WAV file");
  const { format, data, truncated } = chunksOf(view, name);
  const frames = Math.floor(data.byteLength / format.frameBytes);
  if (frames === 0) throw refused(name, "holds no sound");
  return {
    samples: mixDown(data, format, frames),
    sampleRate: format.sampleRate,
    channels: format.channels,
    truncated,
  };
};

interface WavFormat {
  readonly sample: SampleFormat;
  readonly channels: number;
  readonly sampleRate: number;
  readonly frameBytes: number;
}

const chunksOf = (
  view: DataView,
  name: string,
): { format: WavFormat; data: DataView; truncated: boolean } => {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  let format: WavFormat | undefined;
  for (let at = 12; at + 8 <= view.byteLength;) {
    const tag = tagAt(bytes, at);
    const stated = view.getUint32(at + 4, true);
    const from = at + 8;
    const there = view.byteLength - from;
    if (tag === "fmt ") {
      if (stated < 16 || there < 16) throw refused(name, "has a broken header");
      format = formatOf(new DataView(view.buffer, view.byteOffset + from, Math.min(stated, there)), name);
    }
    if (tag === "data") {
      if (format === undefined) throw refused(name, "has its sound before its header");
      // A streaming writer could not go back to fill the size in: 0 or the largest number mean "to the end".
      const open = stated === 0xffff_ffff || stated === 0x7fff_ffff || (stated === 0 && there > 0);
      const data = new DataView(view.buffer, view.byteOffset + from, open ? there : Math.min(stated, there));
      return { format, data, truncated: !open && stated > there };
    }
    // Chunks are padded to even sizes.
    at = from + stated + (stated % 2);
  }
  throw refused(name, format === undefined ? "has no header" : "holds no sound");
};

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

const formatOf = (fmt: DataView, name: string): WavFormat => {
  const extended = fmt.getUint16(0, true) === EXTENSIBLE && fmt.byteLength >= 26;
  // In an extensible header the real format is the start of a GUID.
  const code = extended ? fmt.getUint16(24, true) : fmt.getUint16(0, true);
  const channels = fmt.getUint16(2, true);
  const sampleRate = fmt.getUint32(4, true);
  const bits = fmt.getUint16(14, true);
  if (channels < 1 || channels > MAX_CHANNELS) throw refused(name, `has ${channels} channels`);
  if (sampleRate < 1_000 || sampleRate > 768_000)
    throw refused(name, `has a sample rate of ${sampleRate} Hz`);
  const sample = sampleFormat(code, bits);
  if (sample === undefined) {
    const what = code === PCM || code === FLOAT ? `${bits}-bit samples` : `compressed sound (format ${code})`;
    throw refused(name, `holds ${what}; save it as 16-bit PCM`);
  }
  return { sample, channels, sampleRate, frameBytes: (bits / 8) * channels };
};

const sampleFormat = (code: number, bits: number): SampleFormat | undefined => {
  if (code === PCM && bits === 8) return "u8";
  if (code === PCM && bits === 16) return "s16";
  if (code === PCM && bits === 24) return "s24";
  if (code === PCM && bits === 32) return "s32";
  if (code === FLOAT && bits === 32) return "f32";
  if (code === FLOAT && bits === 64) return "f64";
  return undefined;
};

const mixDown = (data: DataView, format: WavFormat, frames: number): Float32Array => {
  const { sample, channels, frameBytes } = format;
  const width = frameBytes / channels;
  const mono = new Float32Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++)
      sum += readSample(data, frame * frameBytes + channel * width, sample);
    mono[frame] = sum / channels;
  }
  return mono;
};

const tagAt = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));

const refused = (name: string, why: string): BunrakuError => new BunrakuError("input", `${name} ${why}`);
