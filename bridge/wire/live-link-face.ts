import { CURVE_COUNT } from "../core/arkit.ts";
import { BunrakuError } from "../core/errors.ts";

/** One packet of Live Link Face, version 6 (Apple's ARKit face as Unreal's "Apple ARKit" source reads it). */
export interface LiveLinkFacePacket {
  /** Unreal holds one subject per device id: two senders with one id take the subject from each other. */
  readonly deviceId: string;
  readonly subject: string;
  /** Frames since midnight at the rate. */
  readonly frame: number;
  /** Fraction of a frame, 0 up to but not 1. */
  readonly subFrame: number;
  readonly numerator: number;
  readonly denominator: number;
  /** 52 weights and 9 angles in radians, in the order of `FACE_CURVES`; not clamped, as Unreal does not clamp. */
  readonly curves: Float32Array;
}

const VERSION = 6;
/** Version, two string lengths, frame, sub-frame, rate, count, and the curves. */
const FIXED_BYTES = 1 + 4 + 4 + 16 + 1 + CURVE_COUNT * 4;
/** Unreal reads datagrams into 1,286 bytes; two names of this length stay far below. */
const MAX_NAME_BYTES = 255;

const utf8 = new TextEncoder();

/** Decodes a packet; trailing bytes are ignored, as Unreal ignores them. Throws fault `protocol`, and nothing else. */
export const decodeLiveLinkFace = (bytes: Uint8Array): LiveLinkFacePacket => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 1) throw bad("it is empty");
  const version = view.getUint8(0);
  if (version !== VERSION) throw bad(`its version is ${version}, not ${VERSION}`);
  const device = readName(bytes, view, 1);
  const subject = readName(bytes, view, device.next);
  const at = subject.next;
  if (view.byteLength < at + 17 + CURVE_COUNT * 4) throw bad(`it has only ${view.byteLength} bytes`);
  const count = view.getUint8(at + 16);
  if (count !== CURVE_COUNT) throw bad(`it has ${count} curves, not ${CURVE_COUNT}`);
  const curves = new Float32Array(CURVE_COUNT);
  for (let i = 0; i < CURVE_COUNT; i++) curves[i] = view.getFloat32(at + 17 + i * 4);
  return {
    deviceId: device.name,
    subject: subject.name,
    frame: view.getInt32(at),
    subFrame: view.getFloat32(at + 4),
    numerator: view.getInt32(at + 8),
    denominator: view.getInt32(at + 12),
    curves,
  };
};

const bad = (what: string): BunrakuError =>
  new BunrakuError("protocol", `malformed Live Link Face packet: ${what}`);

const text = new TextDecoder("utf-8");

const readName = (bytes: Uint8Array, view: DataView, at: number): { name: string; next: number } => {
  if (view.byteLength < at + 4) throw bad("it ends inside its names");
  const length = view.getInt32(at);
  if (length < 0 || view.byteLength < at + 4 + length) throw bad("it ends inside its names");
  return { name: text.decode(bytes.subarray(at + 4, at + 4 + length)), next: at + 4 + length };
};

export interface LiveLinkFaceOptions {
  readonly deviceId: string;
  readonly subject: string;
  /** Frames a second, a whole number. */
  readonly rate: number;
  /** Divides `rate`: 1,001 with a rate of 30,000 is 29.97. */
  readonly denominator?: number;
}

/** Writes packets of one subject into one preallocated template; each `encode` overwrites what the last returned. */
export class LiveLinkFaceEncoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Where the frame number begins. */
  readonly #at: number;

  constructor(options: LiveLinkFaceOptions) {
    const device = nameBytes("device id", options.deviceId);
    const subject = nameBytes("subject", options.subject);
    const denominator = options.denominator ?? 1;
    // Unreal clears its buffer when the rate changes and never recovers from an invalid one.
    for (const part of [options.rate, denominator])
      if (!Number.isInteger(part) || part < 1 || part > 1_000_000)
        throw new RangeError(`a frame rate of ${options.rate}/${denominator} is not one`);
    this.#bytes = new Uint8Array(FIXED_BYTES + device.byteLength + subject.byteLength);
    this.#view = new DataView(this.#bytes.buffer);
    this.#bytes[0] = VERSION;
    this.#view.setInt32(1, device.byteLength);
    this.#bytes.set(device, 5);
    this.#view.setInt32(5 + device.byteLength, subject.byteLength);
    this.#bytes.set(subject, 9 + device.byteLength);
    this.#at = 9 + device.byteLength + subject.byteLength;
    this.#view.setInt32(this.#at + 8, options.rate);
    this.#view.setInt32(this.#at + 12, denominator);
    this.#view.setUint8(this.#at + 16, CURVE_COUNT);
  }

  /** The packet of one frame. A curve that is no finite number, or is missing, is written as 0. */
  encode(frame: number, subFrame: number, curves: Float32Array): Uint8Array {
    this.#view.setInt32(this.#at, frame);
    this.#view.setFloat32(this.#at + 4, subFrame);
    for (let i = 0; i < CURVE_COUNT; i++) {
      const curve = curves[i] ?? 0;
      this.#view.setFloat32(this.#at + 17 + i * 4, Number.isFinite(curve) ? curve : 0);
    }
    return this.#bytes;
  }
}

const nameBytes = (what: string, name: string): Uint8Array => {
  const bytes = utf8.encode(name);
  if (bytes.byteLength === 0 || bytes.byteLength > MAX_NAME_BYTES)
    throw new RangeError(`a Live Link ${what} must have 1 to ${MAX_NAME_BYTES} bytes`);
  return bytes;
};

/** A time of day as Live Link Face writes it. */
export interface FrameTime {
  readonly frame: number;
  readonly subFrame: number;
}

/** Times nearer to a whole frame than this are that frame: a grid of 60 Hz in whole µs is off by half a µs. */
const SNAP = 2;
const DAY_SECONDS = 86_400;

/** The frame at `time`, µs since a midnight, at a whole `rate`. The day after begins with 0 again; negative times wrap back. */
export const frameTimeOf = (time: number, rate: number): FrameTime => {
  const position = (time * rate) / 1_000_000;
  const nearest = Math.round(position);
  const snapped = Math.abs(position - nearest) * 1_000_000 <= SNAP * rate;
  const whole = snapped ? nearest : Math.floor(position);
  const day = DAY_SECONDS * rate;
  return { frame: ((whole % day) + day) % day, subFrame: snapped ? 0 : position - whole };
};
