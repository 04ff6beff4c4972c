// One example of every message, and of the corners of those that have any. Golden files are written from these.
const unit = (x, y, z, w) => {
  const n = Math.hypot(x, y, z, w);
  return [x / n, y / n, z / n, w / n];
};
const ramp = (count, of) => Float32Array.from({ length: count }, (_, i) => of(i));
const weights = ramp(61, (i) => (i < 52 ? i / 51 : (i - 56) / 10));

/** @type {readonly { name: string, seq: number, message: import("../../../bridge/wire/messages.ts").Message }[]} */
export const examples = [
  {
    name: "hello",
    seq: 0,
    message: {
      type: "hello",
      body: { role: "plugin", name: "Unreal 5.6 on STAGE-1", minor: 0, audible: true },
    },
  },
  {
    name: "welcome",
    seq: 0,
    message: {
      type: "welcome",
      body: {
        session: "0123456789abcdef",
        minor: 0,
        lang: "zh",
        puppets: [
          { handle: 1, puppet: "okichi", subject: "Okichi" },
          { handle: 2, puppet: "hanbei", subject: "半兵衛" },
        ],
      },
    },
  },
  {
    name: "static",
    seq: 1,
    message: {
      type: "static",
      handle: 2,
      body: {
        puppet: "hanbei",
        subject: "半兵衛",
        curves: ["eyeBlinkLeft", "jawOpen", "headYaw"],
        bones: [
          { name: "neck_01", parent: -1 },
          { name: "head", parent: 0 },
        ],
      },
    },
  },
  {
    name: "status",
    seq: 2,
    message: {
      type: "status",
      body: {
        fps: 59.9,
        audible: true,
        paused: false,
        skewUs: -120,
        lateFrames: 3,
        underruns: 0,
        audioLatencyUs: 21333,
      },
    },
  },
  {
    name: "event",
    seq: 3,
    message: { type: "event", handle: 1, body: { kind: "user", text: "你好", final: true } },
  },
  {
    name: "error",
    seq: 4,
    message: {
      type: "error",
      body: { fault: "protocol", message: "malformed message: 3 bytes are no header" },
    },
  },
  { name: "bye", seq: 5, message: { type: "bye", body: { reason: "the daemon closes the link" } } },
  {
    name: "command-ask",
    seq: 6,
    message: { type: "command", handle: 1, body: { kind: "ask", text: "Who are you?" } },
  },
  {
    name: "command-microphone",
    seq: 7,
    message: { type: "command", handle: 0, body: { kind: "microphone", on: true } },
  },
  {
    name: "command-words",
    seq: 22,
    message: {
      type: "command",
      handle: 1,
      body: {
        kind: "words",
        words: [
          { text: "Good", start: 0, end: 210_000 },
          { text: "evening,", start: 210_000, end: 640_500 },
          { text: "你好", start: 640_500, end: 1_100_000 },
        ],
      },
    },
  },
  {
    name: "animation",
    seq: 8,
    message: {
      type: "animation",
      handle: 1,
      pts: 1_234_567_890,
      turn: 7,
      curves: weights,
      bones: Float32Array.from([
        ...unit(0, 0, 0, 1),
        ...unit(0.1, -0.2, 0.3, 0.9),
        ...unit(-0.7, 0.1, 0.05, -0.1),
      ]),
    },
  },
  // The largest: all 61 curves and 64 bones, whose largest part wanders; weights outside 0..1 and no numbers are clamped.
  {
    name: "animation-full",
    seq: 4_294_967_295,
    message: {
      type: "animation",
      handle: 65_535,
      pts: 9_007_199_254_740_991,
      turn: undefined,
      curves: ramp(61, (i) => [Number.NaN, -1, 2, 0.5][i % 4] ?? 0).map((value, i) => (i < 52 ? value : 0)),
      bones: Float32Array.from(
        Array.from({ length: 64 }, (_, i) =>
          unit(Math.sin(i), Math.cos(2 * i), Math.sin(3 * i + 1), Math.cos(5 * i)),
        ).flat(),
      ),
    },
  },
  {
    name: "animation-empty",
    seq: 9,
    message: {
      type: "animation",
      handle: 1,
      pts: -1,
      turn: undefined,
      curves: new Float32Array(0),
      bones: new Float32Array(0),
    },
  },
  {
    name: "audio",
    seq: 10,
    message: {
      type: "audio",
      handle: 1,
      pts: 4_294_967_296,
      turn: 4_294_967_295,
      pcm: Int16Array.from({ length: 480 }, (_, i) => Math.round(32_767 * Math.sin((2 * Math.PI * i) / 48))),
    },
  },
  {
    name: "audio-corners",
    seq: 11,
    message: { type: "audio", handle: 1, pts: 0, turn: 1, pcm: Int16Array.of(-32_768, 32_767, 0, -1) },
  },
  { name: "finish", seq: 12, message: { type: "finish", handle: 1, turn: 7, pts: 5_000_000_123 } },
  { name: "flush", seq: 13, message: { type: "flush", handle: 1, turn: 7, fade: 25_000 } },
  ...["started", "playing", "ended", "flushed"].map((state, i) => ({
    name: `heard-${state}`,
    seq: 14 + i,
    message: { type: "heard", handle: 1, turn: 7, state, upTo: 5_000_000_000 + i },
  })),
  {
    name: "voice",
    seq: 18,
    message: {
      type: "voice",
      handle: 0,
      at: -5_000_000_000,
      sampleRate: 16_000,
      pcm: Int16Array.from({ length: 320 }, (_, i) => i * 100 - 16_000),
    },
  },
  { name: "ping", seq: 19, message: { type: "ping", chain: 3, t1: 1_000_001 } },
  {
    name: "pong",
    seq: 20,
    message: { type: "pong", chain: 3, t1: 1_000_001, t2: 90_000_000_000_017, t3: 90_000_000_000_021 },
  },
  {
    name: "clock",
    seq: 21,
    message: {
      type: "clock",
      daemonAt: 1_000_000,
      engineAt: 90_000_001_000_000,
      skew: -0.000_123_456_789,
      bound: 18,
      synchronized: true,
    },
  },
];

/** A message as JSON can hold it: arrays for typed arrays, null for no turn. */
export const plain = (message) =>
  JSON.parse(
    JSON.stringify(message, (_key, value) => {
      if (ArrayBuffer.isView(value)) return Array.from(value);
      return value === undefined ? null : value;
    }),
  );
