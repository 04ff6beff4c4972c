import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decode } from "../../../bridge/wire/decode.ts";
import { encode } from "../../../bridge/wire/encode.ts";
import { TYPE } from "../../../bridge/wire/messages.ts";
import { examples, plain } from "../../golden/wire/examples.mjs";

const folder = new URL("../../golden/wire/", import.meta.url);
const bytesOf = (name: string): Buffer => readFileSync(new URL(`${name}.bin`, folder));
const jsonOf = (name: string): { seq: number; bytes: number; message: unknown } =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as never;

describe("the golden files of protocol 1", () => {
  test("there is one of every message, and none is left over", () => {
    const types = new Set(examples.map(({ message }) => message.type));
    expect(types).toEqual(new Set(Object.keys(TYPE)));
    const files = readdirSync(folder).filter((name) => name.endsWith(".bin"));
    expect(new Set(files)).toEqual(new Set(examples.map(({ name }) => `${name}.bin`)));
  });

  test.each(examples)("$name is written byte for byte as in its file", ({ name, seq, message }) => {
    expect(Buffer.from(encode(message, seq)).equals(bytesOf(name))).toBe(true);
  });

  test.each(examples)("$name is read as its file says", ({ name }) => {
    const { seq, bytes, message } = jsonOf(name);
    const file = bytesOf(name);
    expect(file).toHaveLength(bytes);
    const decoded = decode(file);
    expect(decoded.seq).toBe(seq);
    expect(plain(decoded.message)).toEqual(message);
  });

  test("the message that is sent sixty times a second fits a datagram", () => {
    expect(bytesOf("animation-full").length).toBeLessThanOrEqual(1_416);
  });

  test("a peer of another major version is told so, with both versions", () => {
    const bytes = bytesOf("hello");
    bytes[2] = 2;
    expect(() => decode(bytes)).toThrow(/version 2.*version 1.*update the older/);
  });

  test("the layout is the one PROTOCOL.md states", () => {
    // Byte by byte, so that the page and the code cannot agree on a mistake of the encoder alone.
    const ping = bytesOf("ping");
    expect([...ping.subarray(0, 4)]).toEqual([0x42, 0x4b, 1, 32]);
    expect(ping.readUInt32LE(8)).toBe(19);
    expect(ping.readUInt32LE(12)).toBe(12);
    expect(ping.readUInt32LE(16)).toBe(3);
    expect(ping.readBigInt64LE(20)).toBe(1_000_001n);
    const voice = bytesOf("voice");
    expect(voice.readBigInt64LE(16)).toBe(-5_000_000_000n);
    expect(voice.readUInt32LE(24)).toBe(16_000);
    expect(voice.readUInt16LE(28)).toBe(320);
    expect(voice.readInt16LE(32)).toBe(-16_000);
    const animation = bytesOf("animation");
    expect(animation.readUInt16LE(4)).toBe(1);
    expect(animation.readBigInt64LE(16)).toBe(1_234_567_890n);
    expect(animation.readUInt32LE(24)).toBe(7);
    expect([...animation.subarray(28, 32)]).toEqual([52, 9, 3, 0]);
    expect(animation.readUInt16LE(32 + 2 * 51)).toBe(65_535);
    expect(animation.readFloatLE(32 + 104)).toBeCloseTo(-0.4, 6);
    // The identity: w is largest (3), the three others are 0, which is 16,384 of 32,767 after rounding.
    expect(animation.readUInt16LE(172) >> 15).toBe(1);
    expect(animation.readUInt16LE(174) >> 15).toBe(1);
    const clock = bytesOf("clock");
    expect(clock.readBigInt64LE(16)).toBe(1_000_000n);
    expect(clock.readBigInt64LE(24)).toBe(90_000_001_000_000n);
    expect(clock.readDoubleLE(32)).toBe(-0.000_123_456_789);
    expect(clock.readUInt32LE(40)).toBe(18);
    expect(clock.readUInt32LE(44)).toBe(1);
    const heard = bytesOf("heard-flushed");
    expect(heard.readUInt32LE(16)).toBe(7);
    expect(heard.readUInt32LE(20)).toBe(4);
    expect(heard.readBigInt64LE(24)).toBe(5_000_000_003n);
  });
});
