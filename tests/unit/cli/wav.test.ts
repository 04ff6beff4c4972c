import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BunrakuError } from "../../../bridge/core/errors.ts";
import { readWav, writeWav } from "../../../cli/wav.ts";

/** A file of any format, with a chunk of odd length before the sound as some recorders write. */
const file = (options: {
  kind: number;
  channels: number;
  bits: number;
  body: Uint8Array;
  length?: number;
}): Uint8Array => {
  const { kind, channels, bits, body } = options;
  const bytes = new Uint8Array(12 + 24 + 12 + 8 + body.length);
  const view = new DataView(bytes.buffer);
  const put = (at: number, text: string): void => bytes.set(new TextEncoder().encode(text), at);
  put(0, "RIFF");
  put(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, kind, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 48_000, true);
  view.setUint16(34, bits, true);
  put(36, "LIST");
  view.setUint32(40, 3, true);
  put(48, "data");
  view.setUint32(52, options.length ?? body.length, true);
  bytes.set(body, 56);
  return bytes;
};

test("what was written is read again", () => {
  const samples = Float32Array.from([0, 0.5, -0.5, 1, -1, 0.25]);
  const read = readWav(writeWav({ sampleRate: 22_050, samples }));
  expect(read.sampleRate).toBe(22_050);
  samples.forEach((value, index) => expect(read.samples[index]).toBeCloseTo(value, 4));
});

test("channels are averaged", () => {
  const body = new Uint8Array(Int16Array.from([16_384, 0, -32_768, -32_768]).buffer);
  expect([...readWav(file({ kind: 1, channels: 2, bits: 16, body })).samples]).toEqual([0.25, -1]);
});

test.each([
  [1, 8, [0xc0], 0.5],
  [1, 16, [0x00, 0x40], 0.5],
  [1, 24, [0x00, 0x00, 0x40], 0.5],
  [1, 24, [0x00, 0x00, 0xc0], -0.5],
  [1, 32, [0x00, 0x00, 0x00, 0xc0], -0.5],
  [3, 32, [0x00, 0x00, 0x00, 0x3f], 0.5],
])("kind %i with %i bits is read", (kind, bits, bytes, value) => {
  expect([...readWav(file({ kind, channels: 1, bits, body: Uint8Array.from(bytes) })).samples]).toEqual([
    value,
  ]);
});

test("a recorder that was stopped hard leaves a wrong length, and what is there counts", () => {
  const body = new Uint8Array(8);
  for (const length of [0, 0xffff_ffff])
    expect(readWav(file({ kind: 1, channels: 1, bits: 16, body, length })).samples).toHaveLength(4);
});

test("anything else is refused with fault input, never otherwise", () => {
  const valid = file({ kind: 1, channels: 1, bits: 16, body: new Uint8Array(16) });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
      fc.nat(valid.length),
      (changes, cut) => {
        const bytes = valid.slice(0, cut);
        for (const [at, value] of changes) if (at < cut) bytes[at] = value;
        try {
          readWav(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(BunrakuError);
          expect((error as BunrakuError).fault).toBe("input");
        }
      },
    ),
  );
});
