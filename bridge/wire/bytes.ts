import { BunrakuError } from "../core/errors.ts";
import type { Micros } from "../core/time.ts";

/** Largest absolute time on the wire: what a double holds exactly, 285 years in µs. */
const MAX_TIME = Number.MAX_SAFE_INTEGER;

/** Writes a signed 64-bit µs time, little-endian. */
export const writeTime = (view: DataView, at: number, time: Micros): void => {
  view.setInt32(at + 4, Math.floor(time / 4_294_967_296), true);
  view.setUint32(at, ((time % 4_294_967_296) + 4_294_967_296) % 4_294_967_296, true);
};

/** Reads a signed 64-bit µs time; beyond ±2^53 is fault `protocol`. */
export const readTime = (view: DataView, at: number): Micros => {
  const time = view.getInt32(at + 4, true) * 4_294_967_296 + view.getUint32(at, true);
  if (Math.abs(time) > MAX_TIME) throw new BunrakuError("protocol", "a time on the wire is beyond 2^53 µs");
  return time as Micros;
};

const SCALE = Math.SQRT2 * 32_767;

/** Packs a unit quaternion (x y z w) into three u16: the three smallest parts at 15 bits, which one was largest in the top bits. */
export const writeRotation = (view: DataView, at: number, q: Float32Array, from: number): void => {
  let largest = 0;
  for (let i = 1; i < 4; i++) if (Math.abs(q[from + i] ?? 0) > Math.abs(q[from + largest] ?? 0)) largest = i;
  const sign = (q[from + largest] ?? 1) < 0 ? -1 : 1;
  let slot = 0;
  for (let i = 0; i < 4; i++) {
    if (i === largest) continue;
    const part = Number.isFinite(q[from + i]) ? sign * (q[from + i] as number) : 0;
    const packed = Math.min(32_767, Math.max(0, Math.round((part * SCALE + 32_767) / 2)));
    const top = [largest & 1, largest >> 1, 0][slot] ?? 0;
    view.setUint16(at + slot * 2, (top << 15) | packed, true);
    slot++;
  }
};

/** Unpacks a rotation; always a unit quaternion, error at most 5e-5 a part. */
export const readRotation = (view: DataView, at: number, q: Float32Array, into: number): void => {
  const words = [
    view.getUint16(at, true),
    view.getUint16(at + 2, true),
    view.getUint16(at + 4, true),
  ] as const;
  const largest = (words[0] >> 15) | ((words[1] >> 15) << 1);
  let slot = 0;
  let sum = 0;
  for (let i = 0; i < 4; i++) {
    if (i === largest) continue;
    const part = (((words[slot] ?? 0) & 0x7fff) * 2 - 32_767) / SCALE;
    q[into + i] = part;
    sum += part * part;
    slot++;
  }
  q[into + largest] = Math.sqrt(Math.max(0, 1 - sum));
};
