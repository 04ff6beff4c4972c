import fc from "fast-check";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BunrakuError } from "../../../bridge/core/errors.ts";
import { wavBody } from "../../../bridge/core/wav-body.ts";
import { readWav } from "../../../bridge/core/wav.ts";
import { readWavFile } from "../../../inference/inputs/wav-file.ts";

interface Parts {
  readonly code?: number;
  readonly bits?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly data: Uint8Array;
  readonly dataSize?: number;
  readonly before?: readonly Uint8Array[];
  readonly guid?: number;
}

const chunk = (tag: string, body: Uint8Array, size = body.length): Buffer => {
  const head = Buffer.alloc(8);
  head.write(tag, 0, "latin1");
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
};

const wavOf = ({
  code = 1,
  bits = 16,
  channels = 1,
  rate = 16_000,
  data,
  dataSize,
  before = [],
  guid,
}: Parts): Buffer => {
  const fmt = Buffer.alloc(guid === undefined ? 16 : 40);
  fmt.writeUInt16LE(guid === undefined ? code : 0xfffe, 0);
  fmt.writeUInt16LE(channels, 2);
  fmt.writeUInt32LE(rate, 4);
  fmt.writeUInt32LE((rate * channels * bits) / 8, 8);
  fmt.writeUInt16LE((channels * bits) / 8, 12);
  fmt.writeUInt16LE(bits, 14);
  if (guid !== undefined) fmt.writeUInt16LE(guid, 24);
  const body = Buffer.concat([
    Buffer.from("WAVE"),
    ...before,
    chunk("fmt ", fmt),
    chunk("data", data, dataSize),
  ]);
  return chunk("RIFF", body);
};

const bytesOf = (length: number, write: (view: DataView) => void): Uint8Array => {
  const bytes = new Uint8Array(length);
  write(new DataView(bytes.buffer));
  return bytes;
};

describe("formats", () => {
  test.each([
    ["8-bit", { bits: 8 }, Uint8Array.of(0, 128, 192), [-1, 0, 0.5]],
    [
      "16-bit",
      { bits: 16 },
      bytesOf(6, (v) => [-32_768, 0, 16_384].forEach((s, i) => v.setInt16(i * 2, s, true))),
      [-1, 0, 0.5],
    ],
    ["24-bit", { bits: 24 }, Uint8Array.of(0, 0, 0x80, 0, 0, 0, 0, 0, 0x40), [-1, 0, 0.5]],
    [
      "32-bit",
      { bits: 32 },
      bytesOf(12, (v) => [-(2 ** 31), 0, 2 ** 30].forEach((s, i) => v.setInt32(i * 4, s, true))),
      [-1, 0, 0.5],
    ],
    [
      "float",
      { bits: 32, code: 3 },
      bytesOf(12, (v) => [-1, 0, 0.5].forEach((s, i) => v.setFloat32(i * 4, s, true))),
      [-1, 0, 0.5],
    ],
    [
      "double",
      { bits: 64, code: 3 },
      bytesOf(24, (v) => [-1, 0, 0.5].forEach((s, i) => v.setFloat64(i * 8, s, true))),
      [-1, 0, 0.5],
    ],
  ])("%s samples come out as -1..1", (_name, format, data, expected) => {
    expect([...readWav(wavOf({ ...format, data })).samples]).toEqual(expected);
  });

  test("an extensible header says its real format further on", () => {
    const data = bytesOf(4, (v) => v.setFloat32(0, 0.25, true));
    expect([...readWav(wavOf({ bits: 32, guid: 3, data })).samples]).toEqual([0.25]);
  });

  test("stereo is mixed down, other chunks are passed over", () => {
    const data = bytesOf(8, (v) =>
      [16_384, 0, -16_384, -16_384].forEach((s, i) => v.setInt16(i * 2, s, true)),
    );
    const sound = readWav(
      wavOf({ channels: 2, rate: 44_100, data, before: [chunk("LIST", Buffer.alloc(7))] }),
    );
    expect(sound).toMatchObject({ channels: 2, sampleRate: 44_100, truncated: false });
    expect([...sound.samples]).toEqual([0.25, -0.5]);
  });

  test("floats beyond full scale or without a value are brought back", () => {
    const data = bytesOf(12, (v) =>
      [7, Number.NaN, Number.NEGATIVE_INFINITY].forEach((s, i) => v.setFloat32(i * 4, s, true)),
    );
    expect([...readWav(wavOf({ bits: 32, code: 3, data })).samples]).toEqual([1, 0, -1]);
  });

  test("what we write is what we read", () => {
    const samples = Float32Array.of(0, 0.5, -0.5, 0.999, -0.999);
    const { samples: back, sampleRate } = readWav(wavBody(samples, 16_000));
    expect(sampleRate).toBe(16_000);
    back.forEach((sample, i) => expect(sample).toBeCloseTo(samples[i] ?? 9, 3));
  });
});

describe("files as they are found", () => {
  const data = bytesOf(200, (v) => v.setInt16(0, 1_000, true));

  test.each([0, 0xffff_ffff, 0x7fff_ffff])("a streaming writer's size %i means to the end", (dataSize) => {
    expect(readWav(wavOf({ data, dataSize }))).toMatchObject({ truncated: false, samples: { length: 100 } });
  });

  test("a cut file gives what is there, and says so", () => {
    expect(readWav(wavOf({ data }).subarray(0, 145))).toMatchObject({
      truncated: true,
      samples: { length: 50 },
    });
  });

  test.each([
    ["nothing", Buffer.alloc(0), /is empty/],
    ["text", Buffer.from("this is a letter to a friend, not a sound"), /not a WAV/],
    ["an MP3", Buffer.from([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0, 0, 0]), /not a WAV/],
    ["a header alone", wavOf({ data: new Uint8Array(0) }), /holds no sound/],
    [
      "a RIFF of another kind",
      Buffer.concat([Buffer.from("RIFF"), Buffer.alloc(4), Buffer.from("AVI ")]),
      /not a WAV/,
    ],
    ["ADPCM", wavOf({ code: 2, bits: 4, data }), /compressed sound/],
    ["12-bit", wavOf({ bits: 12, data }), /12-bit/],
    ["no channels", wavOf({ channels: 0, data }), /0 channels/],
    ["no rate", wavOf({ rate: 0, data }), /0 Hz/],
  ])("%s is refused with a sentence", (_name, bytes, sentence) => {
    expect(() => readWav(bytes, "clip.wav")).toThrow(sentence);
    expect(() => readWav(bytes, "clip.wav")).toThrow(BunrakuError);
  });

  test("whatever the bytes, the answer is a sound or an input fault", () => {
    const seed = wavOf({ data });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 12 }),
        fc.nat(seed.length),
        (edits, end) => {
          const bytes = Buffer.from(seed.subarray(0, end));
          for (const [place, value] of edits) if (place < bytes.length) bytes[place] = value;
          try {
            for (const sample of readWav(bytes).samples) expect(Math.abs(sample)).toBeLessThanOrEqual(1);
          } catch (error) {
            expect(error).toMatchObject({ fault: "input" });
          }
        },
      ),
    );
  });
});

describe("on disk", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "bunraku-wav-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("a file is read, a missing one and a folder are refused", async () => {
    const path = join(folder, "a.wav");
    await writeFile(path, wavBody(new Float32Array(10), 16_000));
    expect((await readWavFile(path)).samples).toHaveLength(10);
    await expect(readWavFile(join(folder, "b.wav"))).rejects.toMatchObject({
      fault: "input",
      message: /no file/,
    });
    await expect(readWavFile(folder)).rejects.toMatchObject({ fault: "input" });
  });

  test("a file above 200 MB is refused before it is read", async () => {
    const path = join(folder, "huge.wav");
    await writeFile(path, "RIFF");
    await truncate(path, 200_000_001);
    await expect(readWavFile(path)).rejects.toMatchObject({ fault: "input", message: /200 MB/ });
  });
});
