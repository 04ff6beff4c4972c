import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BunrakuError } from "../../bridge/core/errors.ts";
import type { Micros } from "../../bridge/core/time.ts";
import { decode } from "../../bridge/wire/decode.ts";
import { encode } from "../../bridge/wire/encode.ts";
import { decodeLiveLinkFace, LiveLinkFaceEncoder } from "../../bridge/wire/live-link-face.ts";
import { HEARD_STATES, ROLES, type Message } from "../../bridge/wire/messages.ts";
import { examples } from "../golden/wire/examples.mjs";

const time = fc.maxSafeInteger().map((value) => value as Micros);
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const handle = fc.integer({ min: 0, max: 0xffff });
const turn = fc.integer({ min: 1, max: 0xffff_ffff });
const pcm = (max: number): fc.Arbitrary<Int16Array> => fc.int16Array({ maxLength: max });
const text = (max: number): fc.Arbitrary<string> => fc.string({ unit: "grapheme", maxLength: max / 4 });
const weight = fc.integer({ min: 0, max: 65_535 }).map((value) => Math.fround(value / 65_535));
const angle = fc
  .float({ min: Math.fround(-4), max: 4, noNaN: true })
  .map((value) => (value === 0 ? 0 : value));
const name = text(64);

/** Every message with exact fields; weights are on the grid of the wire, and bones have a property of their own. */
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    type: fc.constant("hello" as const),
    body: fc.record({ role: fc.constantFrom(...ROLES), name, minor: fc.nat(), audible: fc.boolean() }),
  }),
  fc.record({
    type: fc.constant("welcome" as const),
    body: fc.record({
      session: text(16),
      minor: fc.nat(),
      lang: fc.constantFrom("en" as const, "zh" as const),
      puppets: fc.array(fc.record({ handle, puppet: name, subject: text(128) }), { maxLength: 8 }),
    }),
  }),
  fc.record({
    type: fc.constant("static" as const),
    handle,
    body: fc.record({
      puppet: name,
      subject: name,
      curves: fc.array(name, { maxLength: 70 }),
      bones: fc.array(fc.record({ name, parent: fc.integer({ min: -1, max: 63 }) }), { maxLength: 64 }),
    }),
  }),
  fc.record({
    type: fc.constant("command" as const),
    handle,
    body: fc.oneof(
      fc.record({ kind: fc.constantFrom("ask" as const, "say" as const), text: text(2_000) }),
      fc.constant({ kind: "interrupt" as const }),
      fc.record({ kind: fc.constant("microphone" as const), on: fc.boolean() }),
    ),
  }),
  fc.record({ type: fc.constant("bye" as const), body: fc.record({ reason: text(400) }) }),
  fc.record({
    type: fc.constant("animation" as const),
    handle,
    pts: time,
    turn: fc.option(turn, { nil: undefined }),
    curves: fc
      .tuple(fc.array(weight, { minLength: 52, maxLength: 52 }), fc.array(angle, { maxLength: 9 }))
      .map(([weights, angles]) => Float32Array.from([...weights, ...angles])),
    bones: fc.constant(new Float32Array(0)),
  }),
  fc.record({ type: fc.constant("audio" as const), handle, pts: time, turn, pcm: pcm(480) }),
  fc.record({
    type: fc.constant("voice" as const),
    handle,
    at: time,
    sampleRate: fc.integer({ min: 8_000, max: 192_000 }),
    pcm: pcm(690),
  }),
  fc.record({ type: fc.constant("finish" as const), handle, turn, pts: time }),
  fc.record({ type: fc.constant("flush" as const), handle, turn, fade: u32.map((v) => v as Micros) }),
  fc.record({
    type: fc.constant("heard" as const),
    handle,
    turn,
    state: fc.constantFrom(...HEARD_STATES),
    upTo: time,
  }),
  fc.record({ type: fc.constant("ping" as const), chain: u32, t1: time }),
  fc.record({ type: fc.constant("pong" as const), chain: u32, t1: time, t2: time, t3: time }),
  fc.record({
    type: fc.constant("clock" as const),
    daemonAt: time,
    engineAt: time,
    skew: fc.double({ min: -0.005, max: 0.005, noNaN: true }),
    bound: u32.map((value) => value as Micros),
    synchronized: fc.boolean(),
  }),
);

/** Decodes, and says whether that was refused as it must be: with a sentence and fault `protocol`, never otherwise. */
const survives = (bytes: Uint8Array): boolean => {
  try {
    decode(bytes);
    return true;
  } catch (error) {
    return error instanceof BunrakuError && error.fault === "protocol" && error.message.length > 10;
  }
};

describe("protocol 1", () => {
  test("every message comes back as it was sent", () => {
    fc.assert(
      fc.property(message, u32, (sent, seq) => {
        expect(decode(encode(sent, seq))).toEqual({ seq, message: sent });
      }),
      { numRuns: 1_000 },
    );
  });

  test("a rotation comes back as a unit quaternion within 2e-4, whichever of the two signs it had", () => {
    const part = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(part, part, part, part), (raw) => {
        const norm = Math.hypot(...raw);
        fc.pre(norm > 1e-3);
        const q = raw.map((value) => value / norm);
        const sent = {
          type: "animation",
          handle: 1,
          pts: 0 as Micros,
          turn: undefined,
          curves: new Float32Array(0),
        };
        const { message: got } = decode(encode({ ...sent, bones: Float32Array.from(q) } as Message, 0));
        const bones = got?.type === "animation" ? [...got.bones] : [];
        expect(Math.hypot(...bones)).toBeCloseTo(1, 5);
        const side = Math.sign(bones.reduce((sum, value, i) => sum + value * (q[i] ?? 0), 0));
        for (const [i, value] of bones.entries())
          expect(Math.abs(value - side * (q[i] ?? 0))).toBeLessThan(2e-4);
      }),
      { numRuns: 1_000 },
    );
  });

  test("weights outside 0..1 are clamped, and what is no number is 0", () => {
    fc.assert(
      fc.property(fc.array(fc.float(), { minLength: 61, maxLength: 61 }), (curves) => {
        const sent: Message = {
          type: "animation",
          handle: 1,
          pts: 0 as Micros,
          turn: undefined,
          curves: Float32Array.from(curves),
          bones: Float32Array.of(Number.NaN, Number.NaN, Number.NaN, Number.NaN),
        };
        const { message: got } = decode(encode(sent, 0));
        if (got?.type !== "animation") throw new Error("it came back as something else");
        for (const [i, value] of got.curves.entries()) {
          const asked = curves[i] ?? 0;
          if (i >= 52) expect(value).toBe(Number.isFinite(asked) ? Math.fround(asked) : 0);
          else
            expect(Math.abs(value - Math.min(1, Math.max(0, Number.isNaN(asked) ? 0 : asked)))).toBeLessThan(
              1e-5,
            );
        }
        for (const value of got.bones) expect(Number.isFinite(value)).toBe(true);
      }),
    );
  });

  test("random bytes are refused with a reason, and never break the reader", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => survives(bytes)),
      { numRuns: 2_000 },
    );
  });

  test("a random body behind a good header is refused with a reason, and never breaks the reader", () => {
    fc.assert(
      fc.property(fc.nat(255), fc.uint8Array({ maxLength: 300 }), (type, body) => {
        const bytes = new Uint8Array(16 + body.length);
        bytes.set([0x42, 0x4b, 1, type]);
        new DataView(bytes.buffer).setUint32(12, body.length, true);
        bytes.set(body, 16);
        return survives(bytes);
      }),
      { numRuns: 4_000 },
    );
  });

  test("JSON of any shape in a control message never breaks the reader", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 15 }), fc.json(), (type, json) => {
        const body = new TextEncoder().encode(json);
        const bytes = new Uint8Array(16 + body.length);
        bytes.set([0x42, 0x4b, 1, type]);
        new DataView(bytes.buffer).setUint32(12, body.length, true);
        bytes.set(body, 16);
        return survives(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  const whole = examples.map(({ name, seq, message: sent }) => ({
    name,
    bytes: encode(sent, seq),
  }));

  test.each(whole)("$name cut short anywhere is refused", ({ bytes }) => {
    for (let length = 0; length < bytes.length; length++)
      expect(() => decode(bytes.subarray(0, length))).toThrow(BunrakuError);
  });

  test.each(whole)("$name with any bit flipped never breaks the reader", ({ bytes }) => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(survives(flipped)).toBe(true);
    }
  });

  test("a message of a type that a later version may bring is passed over", () => {
    const bytes = encode({ type: "ping", chain: 0, t1: 0 as Micros }, 5);
    for (const type of [15, 40, 63, 64, 255]) {
      bytes[3] = type;
      expect(decode(bytes)).toEqual({ seq: 5, message: undefined });
    }
  });

  test("a message over its limit is refused by its sender", () => {
    const long = { type: "audio", handle: 1, pts: 0 as Micros, turn: 1, pcm: new Int16Array(960) } as const;
    expect(() => encode(long, 0)).toThrow(BunrakuError);
    expect(() => encode({ type: "bye", body: { reason: "x".repeat(20_000) } }, 0)).toThrow(BunrakuError);
  });
});

describe("Live Link Face", () => {
  test("random bytes are refused with a reason, and never break the reader", () => {
    const encoder = new LiveLinkFaceEncoder({ deviceId: "A", subject: "face", rate: 60 });
    const good = Uint8Array.from(encoder.encode(1, 0, new Float32Array(61)));
    const near = fc.tuple(fc.nat(good.length * 8 - 1), fc.nat(good.length)).map(([bit, length]) => {
      const bytes = good.slice(0, length);
      if (bit >> 3 < length) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), near), (bytes) => {
        try {
          return decodeLiveLinkFace(bytes).curves.length === 61;
        } catch (error) {
          return error instanceof BunrakuError && error.fault === "protocol";
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
