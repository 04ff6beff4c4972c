import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FACE_CURVES } from "../../../bridge/core/arkit.ts";
import { BunrakuError } from "../../../bridge/core/errors.ts";
import { decodeLiveLinkFace, frameTimeOf, LiveLinkFaceEncoder } from "../../../bridge/wire/live-link-face.ts";

const folder = new URL("../../golden/livelinkface/", import.meta.url);

interface Golden {
  readonly deviceId: string;
  readonly subject: string;
  readonly frameNumber: number;
  readonly subFrame: number;
  readonly rateNumerator: number;
  readonly rateDenominator: number;
  readonly requested: Readonly<Record<string, number>>;
}

const goldens = readdirSync(folder)
  .filter((name) => name.endsWith(".bin"))
  .map((name) => ({
    name,
    bytes: new Uint8Array(readFileSync(new URL(name, folder))),
    golden: JSON.parse(readFileSync(new URL(name.replace(".bin", ".json"), folder), "utf8")) as Golden,
  }));

/** The packets are those of a widely used Python sender; its names are Unreal's, PascalCase. */
const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

describe("packets of another sender", () => {
  test("there are ten of them", () => expect(goldens).toHaveLength(10));

  test.each(goldens)("$name decodes to what was asked of the sender", ({ bytes, golden }) => {
    const packet = decodeLiveLinkFace(bytes);
    expect(packet).toMatchObject({
      deviceId: golden.deviceId,
      subject: golden.subject,
      frame: golden.frameNumber,
      numerator: golden.rateNumerator,
      denominator: golden.rateDenominator,
    });
    expect(packet.subFrame).toBeCloseTo(golden.subFrame, 6);
    FACE_CURVES.forEach((name, i) => {
      expect(packet.curves[i]).toBeCloseTo(golden.requested[pascal(name)] ?? 0, 6);
    });
  });

  test.each(goldens.filter(({ golden }) => golden.rateDenominator > 0))(
    "$name is written again byte for byte",
    ({ bytes }) => {
      const { frame, subFrame, curves, numerator, ...rest } = decodeLiveLinkFace(bytes);
      const encoder = new LiveLinkFaceEncoder({ ...rest, rate: numerator });
      expect(Buffer.from(encoder.encode(frame, subFrame, curves)).equals(bytes)).toBe(true);
    },
  );

  test("a rate that Unreal cannot use is refused", () => {
    const options = { deviceId: "A", subject: "face", rate: 30 };
    expect(() => new LiveLinkFaceEncoder({ ...options, denominator: 0 })).toThrow(RangeError);
  });
});

describe("packets of ours", () => {
  test("a subject in Chinese is counted in bytes, not in characters", () => {
    const encoder = new LiveLinkFaceEncoder({ deviceId: "A", subject: "文楽", rate: 60 });
    const bytes = encoder.encode(7, 0.5, new Float32Array(61).fill(0.25));
    expect(bytes).toHaveLength(270 + 1 + 6);
    const packet = decodeLiveLinkFace(bytes);
    expect(packet).toMatchObject({ subject: "文楽", frame: 7, subFrame: 0.5, numerator: 60, denominator: 1 });
    expect([...packet.curves]).toEqual(Array.from({ length: 61 }, () => 0.25));
  });

  test("a curve that is no number is written as 0", () => {
    const encoder = new LiveLinkFaceEncoder({ deviceId: "A", subject: "face", rate: 60 });
    const { curves } = decodeLiveLinkFace(
      encoder.encode(0, 0, Float32Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY)),
    );
    expect([...curves.subarray(0, 4)]).toEqual([0, 1, 0, 0]);
  });

  test("every shortened packet is refused as malformed", () => {
    const encoder = new LiveLinkFaceEncoder({ deviceId: "A", subject: "face", rate: 60 });
    const whole = encoder.encode(1, 0, new Float32Array(61));
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeLiveLinkFace(whole.subarray(0, length))).toThrow(BunrakuError);
    }
  });
});

describe("the time of day", () => {
  test("a 60 Hz grid in whole microseconds counts every frame once, with no fraction", () => {
    for (let k = 0; k < 600; k++) {
      expect(frameTimeOf(36_000e6 + Math.round((k * 1e6) / 60), 60)).toEqual({
        frame: 2_160_000 + k,
        subFrame: 0,
      });
    }
  });

  test("between frames the fraction says how far", () => {
    const { frame, subFrame } = frameTimeOf(25_000, 60);
    expect(frame).toBe(1);
    expect(subFrame).toBeCloseTo(0.5, 9);
  });

  test("the last frame of the day is followed by frame 0", () => {
    expect(frameTimeOf(86_400e6 - 16_667, 60)).toEqual({ frame: 5_183_999, subFrame: 0 });
    expect(frameTimeOf(86_400e6, 60)).toEqual({ frame: 0, subFrame: 0 });
    expect(frameTimeOf(-16_667, 60)).toEqual({ frame: 5_183_999, subFrame: 0 });
  });
});
