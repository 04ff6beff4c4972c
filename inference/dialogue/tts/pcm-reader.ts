/** Longest WAV header read before its sound must begin, bytes. */
const HEADER_MAX = 65_536;

/** The bytes are no sound we read; the message says what they are instead ("an MP3 file"). */
export class UnreadableSound extends Error {}

/** Bytes of 16-bit little-endian mono PCM, raw or behind a WAV header, cut anywhere, into samples -1..1. */
export class PcmReader {
  #rate: number;
  #waiting = new Uint8Array(0);
  #started = false;

  constructor(rate: number) {
    this.#rate = rate;
  }

  /** Hz; a WAV header may change it, before the first samples. */
  get sampleRate(): number {
    return this.#rate;
  }

  /** The whole samples that are there now; what is left of one waits for the next bytes. */
  push(bytes: Uint8Array): Float32Array {
    const all = this.#waiting.length === 0 ? bytes : joined(this.#waiting, bytes);
    const start = this.#started ? 0 : this.#begin(all);
    if (start === undefined) {
      this.#waiting = all.slice();
      return new Float32Array(0);
    }
    this.#started = true;
    const whole = start + Math.floor((all.length - start) / 2) * 2;
    this.#waiting = all.slice(whole);
    const view = new DataView(all.buffer, all.byteOffset + start, whole - start);
    const pcm = new Float32Array((whole - start) / 2);
    for (let at = 0; at < pcm.length; at++) pcm[at] = view.getInt16(at * 2, true) / 32_768;
    return pcm;
  }

  /** Where the samples begin, or undefined while that cannot be told. */
  #begin(bytes: Uint8Array): number | undefined {
    if (bytes.length < 4) return undefined;
    const magic = latin(bytes, 0, 4);
    if (magic.startsWith("ID3")) throw new UnreadableSound("an MP3 file");
    if (magic === "OggS") throw new UnreadableSound("an Ogg file");
    if (magic === "fLaC") throw new UnreadableSound("a FLAC file");
    if (magic !== "RIFF") return 0;
    if (bytes.length > HEADER_MAX) throw new UnreadableSound("a WAV file without sound");
    return this.#beginWav(bytes);
  }

  #beginWav(bytes: Uint8Array): number | undefined {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // Sizes of a streamed WAV are often 0 or 0xFFFFFFFF; only those of the chunks before `data` are used.
    for (let at = 12; at + 8 <= bytes.length;) {
      const name = latin(bytes, at, 4);
      if (name === "data") return at + 8;
      const size = view.getUint32(at + 4, true);
      if (name === "fmt ") {
        if (at + 24 > bytes.length) return undefined;
        const format = {
          kind: view.getUint16(at + 8, true),
          channels: view.getUint16(at + 10, true),
          bits: view.getUint16(at + 22, true),
        };
        if ((format.kind !== 1 && format.kind !== 0xfffe) || format.channels !== 1 || format.bits !== 16)
          throw new UnreadableSound(`a WAV file with ${format.channels} channels of ${format.bits} bits`);
        const rate = view.getUint32(at + 12, true);
        if (rate < 8_000 || rate > 96_000) throw new UnreadableSound(`a WAV file of ${rate} Hz`);
        this.#rate = rate;
      }
      at += 8 + size + (size % 2);
    }
    return undefined;
  }
}

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
};

const latin = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));
