import { BunrakuError } from "../core/errors.ts";
import { WEIGHT_COUNT } from "../core/arkit.ts";
import { writeRotation, writeTime } from "./bytes.ts";
import {
  HEADER_BYTES,
  HEARD_STATES,
  MAGIC,
  MAX_BINARY_BYTES,
  MAX_CONTROL_BYTES,
  PROTOCOL_MAJOR,
  TYPE,
  type AnimationMessage,
  type AudioMessage,
  type Message,
  type MessageType,
  type VoiceMessage,
} from "./messages.ts";

const encoder = new TextEncoder();

/**
 * The bytes of `message`, header included. `seq` counts messages of one sender and wraps at 2^32. Weights are clamped
 * and what is no number is written as 0; a body over its limit is fault `protocol`.
 */
export const encode = (message: Message, seq: number): Uint8Array => {
  switch (message.type) {
    case "animation":
      return encodeAnimation(message, seq);
    case "audio":
      return encodeAudio(message, seq);
    case "voice":
      return encodeVoice(message, seq);
    case "finish": {
      const [bytes, view] = start("finish", message.handle, seq, 12);
      view.setUint32(16, message.turn, true);
      writeTime(view, 20, message.pts);
      return bytes;
    }
    case "flush": {
      const [bytes, view] = start("flush", message.handle, seq, 8);
      view.setUint32(16, message.turn, true);
      view.setUint32(20, message.fade, true);
      return bytes;
    }
    case "heard": {
      const [bytes, view] = start("heard", message.handle, seq, 16);
      view.setUint32(16, message.turn, true);
      view.setUint32(20, HEARD_STATES.indexOf(message.state) + 1, true);
      writeTime(view, 24, message.upTo);
      return bytes;
    }
    case "ping": {
      const [bytes, view] = start("ping", 0, seq, 12);
      view.setUint32(16, message.chain, true);
      writeTime(view, 20, message.t1);
      return bytes;
    }
    case "pong": {
      const [bytes, view] = start("pong", 0, seq, 28);
      view.setUint32(16, message.chain, true);
      writeTime(view, 20, message.t1);
      writeTime(view, 28, message.t2);
      writeTime(view, 36, message.t3);
      return bytes;
    }
    case "clock": {
      const [bytes, view] = start("clock", 0, seq, 32);
      writeTime(view, 16, message.daemonAt);
      writeTime(view, 24, message.engineAt);
      view.setFloat64(32, message.skew, true);
      view.setUint32(40, Math.min(0xffff_ffff, message.bound), true);
      view.setUint32(44, message.synchronized ? 1 : 0, true);
      return bytes;
    }
    default:
      return encodeJson(message, seq);
  }
};

/** A header with room for `body` bytes after it. */
const start = (type: MessageType, handle: number, seq: number, body: number): [Uint8Array, DataView] => {
  if (TYPE[type] >= 16 && body > MAX_BINARY_BYTES)
    throw new BunrakuError(
      "protocol",
      `a ${type} message of ${body} bytes is over the limit of ${MAX_BINARY_BYTES}`,
    );
  const bytes = new Uint8Array(HEADER_BYTES + body);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, MAGIC, true);
  view.setUint8(2, PROTOCOL_MAJOR);
  view.setUint8(3, TYPE[type]);
  view.setUint16(4, handle, true);
  view.setUint32(8, seq >>> 0, true);
  view.setUint32(12, body, true);
  return [bytes, view];
};

const encodeAnimation = (message: AnimationMessage, seq: number): Uint8Array => {
  const weights = Math.min(WEIGHT_COUNT, message.curves.length);
  const angles = message.curves.length - weights;
  const bones = message.bones.length >> 2;
  const [bytes, view] = start("animation", message.handle, seq, 16 + weights * 2 + angles * 4 + bones * 6);
  writeTime(view, 16, message.pts);
  view.setUint32(24, message.turn ?? 0, true);
  view.setUint8(28, weights);
  view.setUint8(29, angles);
  view.setUint8(30, bones);
  let at = 32;
  for (let i = 0; i < weights; i++, at += 2) view.setUint16(at, toU16(message.curves[i] ?? 0), true);
  for (let i = weights; i < weights + angles; i++, at += 4) {
    const angle = message.curves[i] ?? 0;
    view.setFloat32(at, Number.isFinite(angle) ? angle : 0, true);
  }
  for (let i = 0; i < bones; i++, at += 6) writeRotation(view, at, message.bones, i * 4);
  return bytes;
};

/** A weight as u16; outside 0..1 is clamped and NaN is 0. */
const toU16 = (weight: number): number => (weight > 0 ? Math.round(Math.min(1, weight) * 65_535) : 0);

const encodeAudio = (message: AudioMessage, seq: number): Uint8Array => {
  const [bytes, view] = start("audio", message.handle, seq, 16 + message.pcm.length * 2);
  writeTime(view, 16, message.pts);
  view.setUint32(24, message.turn, true);
  view.setUint16(28, message.pcm.length, true);
  writePcm(view, 32, message.pcm);
  return bytes;
};

const encodeVoice = (message: VoiceMessage, seq: number): Uint8Array => {
  const [bytes, view] = start("voice", message.handle, seq, 16 + message.pcm.length * 2);
  writeTime(view, 16, message.at);
  view.setUint32(24, message.sampleRate, true);
  view.setUint16(28, message.pcm.length, true);
  writePcm(view, 32, message.pcm);
  return bytes;
};

const writePcm = (view: DataView, at: number, pcm: Int16Array): void => {
  for (let i = 0; i < pcm.length; i++) view.setInt16(at + i * 2, pcm[i] ?? 0, true);
};

const encodeJson = (message: Extract<Message, { body: unknown }>, seq: number): Uint8Array => {
  const json = encoder.encode(JSON.stringify(message.body));
  if (json.byteLength > MAX_CONTROL_BYTES)
    throw new BunrakuError(
      "protocol",
      `a ${message.type} message of ${json.byteLength} bytes is over the limit of 16 KB`,
    );
  const handle = "handle" in message ? message.handle : 0;
  const [bytes] = start(message.type, handle, seq, json.byteLength);
  bytes.set(json, HEADER_BYTES);
  return bytes;
};
