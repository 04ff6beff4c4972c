import { BunrakuError } from "../core/errors.ts";
import { micros } from "../core/time.ts";
import { readRotation, readTime } from "./bytes.ts";
import * as json from "./json-body.ts";
import {
  HEADER_BYTES,
  HEARD_STATES,
  MAGIC,
  MAX_BINARY_BYTES,
  PROTOCOL_MAJOR,
  TYPE,
  type Message,
} from "./messages.ts";

/** A decoded message with its header's sequence number. */
export interface Decoded {
  readonly seq: number;
  /** Undefined for a type this version does not know: a newer minor's, to be ignored. */
  readonly message: Message | undefined;
}

/**
 * Decodes one whole message. Throws `BunrakuError` with fault `protocol`, and nothing else, on any malformed input.
 * The result owns its arrays: `bytes` may be reused.
 */
export const decode = (bytes: Uint8Array): Decoded => {
  if (bytes.byteLength < HEADER_BYTES) throw bad(`${bytes.byteLength} bytes are no header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0, true) !== MAGIC) throw bad("this is not the Bunraku protocol");
  const major = view.getUint8(2);
  if (major !== PROTOCOL_MAJOR)
    throw bad(
      `the peer speaks protocol version ${major}, this side version ${PROTOCOL_MAJOR}; update the older one`,
    );
  const length = view.getUint32(12, true);
  if (length !== bytes.byteLength - HEADER_BYTES)
    throw bad(`the header says ${length} bytes, the body has ${bytes.byteLength - HEADER_BYTES}`);
  const type = view.getUint8(3);
  if (type >= 16 && length > MAX_BINARY_BYTES)
    throw bad(`a binary body of ${length} bytes is over ${MAX_BINARY_BYTES}`);
  return { seq: view.getUint32(8, true), message: readMessage(type, view, bytes) };
};

const bad = (what: string): BunrakuError => new BunrakuError("protocol", `malformed message: ${what}`);

const readMessage = (type: number, view: DataView, bytes: Uint8Array): Message | undefined => {
  const handle = view.getUint16(4, true);
  const fields = (): ReturnType<typeof json.parseFields> => json.parseFields(bytes.subarray(HEADER_BYTES));
  switch (type) {
    case TYPE.hello:
      return { type: "hello", body: json.readHello(fields()) };
    case TYPE.welcome:
      return { type: "welcome", body: json.readWelcome(fields()) };
    case TYPE.static:
      return { type: "static", handle, body: json.readStatic(fields()) };
    case TYPE.status:
      return { type: "status", body: json.readReport(fields()) };
    case TYPE.event:
      return { type: "event", handle, body: json.readEvent(fields()) };
    case TYPE.error:
      return { type: "error", body: json.readTrouble(fields()) };
    case TYPE.bye:
      return { type: "bye", body: json.readBye(fields()) };
    case TYPE.command:
      return { type: "command", handle, body: json.readCommand(fields()) };
    default:
      return readBinary(type, view, handle);
  }
};

const need = (view: DataView, body: number, what: string): void => {
  if (view.byteLength !== HEADER_BYTES + body) throw bad(`a ${what} body must have ${body} bytes`);
};

const readBinary = (type: number, view: DataView, handle: number): Message | undefined => {
  switch (type) {
    case TYPE.animation:
      return readAnimation(view, handle);
    case TYPE.audio: {
      const pcm = readPcm(view, "audio");
      return { type: "audio", handle, pts: readTime(view, 16), turn: readTurn(view, 24), pcm };
    }
    case TYPE.voice: {
      const pcm = readPcm(view, "voice");
      const sampleRate = view.getUint32(24, true);
      if (sampleRate < 8_000 || sampleRate > 192_000)
        throw bad(`a sample rate of ${sampleRate} Hz is outside 8,000..192,000`);
      return { type: "voice", handle, at: readTime(view, 16), sampleRate, pcm };
    }
    case TYPE.finish:
      need(view, 12, "finish");
      return { type: "finish", handle, turn: readTurn(view, 16), pts: readTime(view, 20) };
    case TYPE.flush:
      need(view, 8, "flush");
      return { type: "flush", handle, turn: readTurn(view, 16), fade: micros(view.getUint32(20, true)) };
    case TYPE.heard: {
      need(view, 16, "heard");
      const state = HEARD_STATES[view.getUint32(20, true) - 1];
      if (state === undefined) throw bad("a heard state must be 1 to 4");
      return { type: "heard", handle, turn: readTurn(view, 16), state, upTo: readTime(view, 24) };
    }
    case TYPE.ping:
      need(view, 12, "ping");
      return { type: "ping", chain: view.getUint32(16, true), t1: readTime(view, 20) };
    case TYPE.pong:
      need(view, 28, "pong");
      return {
        type: "pong",
        chain: view.getUint32(16, true),
        t1: readTime(view, 20),
        t2: readTime(view, 28),
        t3: readTime(view, 36),
      };
    case TYPE.clock: {
      need(view, 32, "clock");
      const skew = view.getFloat64(32, true);
      if (!(Math.abs(skew) < 0.01)) throw bad("a clock skew must be under 1 %");
      return {
        type: "clock",
        daemonAt: readTime(view, 16),
        engineAt: readTime(view, 24),
        skew,
        bound: micros(view.getUint32(40, true)),
        synchronized: (view.getUint32(44, true) & 1) === 1,
      };
    }
    default:
      return undefined;
  }
};

const readTurn = (view: DataView, at: number): number => {
  const turn = view.getUint32(at, true);
  if (turn === 0) throw bad("turn 0 is not a turn");
  return turn;
};

const readPcm = (view: DataView, what: string): Int16Array => {
  if (view.byteLength < HEADER_BYTES + 16) throw bad(`a ${what} body must have at least 16 bytes`);
  const count = view.getUint16(28, true);
  need(view, 16 + count * 2, `${what} of ${count} samples`);
  const pcm = new Int16Array(count);
  for (let i = 0; i < count; i++) pcm[i] = view.getInt16(32 + i * 2, true);
  return pcm;
};

const readAnimation = (view: DataView, handle: number): Message => {
  if (view.byteLength < HEADER_BYTES + 16) throw bad("an animation body must have at least 16 bytes");
  const weights = view.getUint8(28);
  const angles = view.getUint8(29);
  const bones = view.getUint8(30);
  need(view, 16 + weights * 2 + angles * 4 + bones * 6, "animation");
  const curves = new Float32Array(weights + angles);
  const rotations = new Float32Array(bones * 4);
  let at = 32;
  for (let i = 0; i < weights; i++, at += 2) curves[i] = view.getUint16(at, true) / 65_535;
  for (let i = 0; i < angles; i++, at += 4) {
    const angle = view.getFloat32(at, true);
    if (!Number.isFinite(angle)) throw bad("an angle is not a finite number");
    curves[weights + i] = angle;
  }
  for (let i = 0; i < bones; i++, at += 6) readRotation(view, at, rotations, i * 4);
  const turn = view.getUint32(24, true);
  return {
    type: "animation",
    handle,
    pts: readTime(view, 16),
    turn: turn === 0 ? undefined : turn,
    curves,
    bones: rotations,
  };
};
