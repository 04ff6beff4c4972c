import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { SystemClock } from "../core/time.ts";
import { BIN, BINS, PacerSlots, SLOT, SLOT_BYTES, TARGET, WORD } from "./pacer-slots.ts";

/** What main starts this worker with. */
export interface PacerWorkerData {
  readonly shared: SharedArrayBuffer;
  readonly capacity: number;
  readonly origin: bigint;
}

/** What main asks of this worker. */
export type PacerRequest =
  | {
      readonly kind: "open";
      readonly target: number;
      readonly host: string;
      readonly port: number;
      readonly period: number;
    }
  | { readonly kind: "close"; readonly target: number };

interface Target {
  readonly host: string;
  readonly port: number;
  /** One frame, µs: a packet later than this is dropped unless it is the newest. */
  readonly period: number;
  socket: Socket | undefined;
  /** When a name that did not resolve is asked for again, µs. */
  retryAt: number;
  /** Due time of the newest packet that left, µs. */
  lastDue: number;
}

/** A name that does not resolve is tried again this often. */
const RETRY = 2_000_000;
/** While a socket opens, the loop must turn this often for its answer to be heard. */
const OPENING = 5_000;
/** The longest sleep: requests from main ring the doorbell, so this only bounds a lost one. */
const IDLE = 500_000;
/** Room for bursts of several subjects; the kernel's own limit may be lower. */
const SEND_BUFFER = 262_144;

const { shared, capacity, origin } = workerData as PacerWorkerData;
const slots = new PacerSlots(capacity, shared);
const clock = new SystemClock(origin);
const targets = new Map<number, Target>();
const port = parentPort;

const open = (id: number, target: Target): void => {
  slots.write(id, WORD.state, TARGET.opening);
  const socket = createSocket(isIPv6(target.host) ? "udp6" : "udp4");
  target.socket = socket;
  const lost = (): void => {
    if (target.socket !== socket) return;
    target.socket = undefined;
    target.retryAt = clock.now() + RETRY;
    slots.write(id, WORD.state, TARGET.unresolved);
    socket.close();
  };
  let connected = false;
  // A connected socket hears that nobody listens: counted, and the stream goes on until somebody does.
  socket.on("error", () => (connected ? refused(id) : lost()));
  // Unconnected sends would look the name up for every packet. A name that does not resolve comes here, not as an event.
  socket.connect(target.port, target.host, (error?: Error) => {
    if (target.socket !== socket) return;
    if (error !== undefined) return lost();
    connected = true;
    try {
      socket.setSendBufferSize(SEND_BUFFER);
    } catch {
      // The default size carries the stream as well.
    }
    slots.write(id, WORD.state, TARGET.open);
  });
};

const refused = (id: number): void => {
  slots.add(id, WORD.refused);
  // Milliseconds, so that the word lasts 24 days; compared as a difference, so it may wrap.
  slots.write(id, WORD.refusedAt, Math.floor(clock.now() / 1_000) | 0);
};

port?.on("message", (request: PacerRequest) => {
  if (request.kind === "open") {
    const { host, port, period } = request;
    const target: Target = { host, port, period, socket: undefined, retryAt: 0, lastDue: -Infinity };
    targets.set(request.target, target);
    open(request.target, target);
    return;
  }
  const target = targets.get(request.target);
  targets.delete(request.target);
  slots.write(request.target, WORD.state, TARGET.closed);
  const socket = target?.socket;
  if (target !== undefined) target.socket = undefined;
  socket?.close();
});

/** Slots due at `now`, in the order they leave, and the time of the next one. */
const dueAt = (now: number): { due: number[]; next: number } => {
  const due: number[] = [];
  let next = now + IDLE;
  for (let slot = 0; slot < capacity; slot++) {
    if (Atomics.load(slots.state, slot) !== SLOT.ready) continue;
    const at = slots.due[slot] ?? 0;
    if (at <= now) due.push(slot);
    else if (at < next) next = at;
  }
  due.sort(
    (a, b) => (slots.due[a] ?? 0) - (slots.due[b] ?? 0) || (slots.order[a] ?? 0) - (slots.order[b] ?? 0),
  );
  return { due, next };
};

/** Sends what is due. After a stall only the newest frame of a target, and those under a period late, still leave. */
const sendDue = (due: readonly number[], now: number): void => {
  const newest = new Map<number, number>();
  for (const slot of due) newest.set(slots.target[slot] ?? 0, slots.due[slot] ?? 0);
  for (const slot of due) {
    if (Atomics.compareExchange(slots.state, slot, SLOT.ready, SLOT.sending) !== SLOT.ready) continue;
    const id = slots.target[slot] ?? 0;
    const at = slots.due[slot] ?? 0;
    const target = targets.get(id);
    // Main may have put another packet here between the scan and the exchange.
    if (at > now) {
      Atomics.store(slots.state, slot, SLOT.ready);
      continue;
    }
    const stale = target !== undefined && now - at > target.period && at < (newest.get(id) ?? at);
    if (target?.socket === undefined || slots.read(id, WORD.state) !== TARGET.open) {
      slots.add(id, WORD.stale);
      free(slot);
    } else if (stale || at < target.lastDue) {
      slots.add(id, WORD.stale);
      free(slot);
    } else {
      target.lastDue = at;
      send(slot, id, target.socket, at);
    }
  }
};

const send = (slot: number, id: number, socket: Socket, at: number): void => {
  const from = slot * SLOT_BYTES;
  // The slot stays taken until the send is over: the bytes go out from shared memory.
  socket.send(slots.bytes.subarray(from, from + (slots.length[slot] ?? 0)), (error) => {
    free(slot);
    if (error === null) slots.add(id, WORD.sent);
    else refused(id);
  });
  const bin = Math.min(BINS - 1, Math.max(0, Math.floor((clock.now() - at) / BIN)));
  Atomics.add(slots.bins, bin, 1);
};

const free = (slot: number): void => {
  Atomics.store(slots.state, slot, SLOT.free);
};

/** Opens again what did not resolve; the time at which the loop must turn for sockets. */
const tend = (now: number): number => {
  let next = Number.POSITIVE_INFINITY;
  for (const [id, target] of targets) {
    if (target.socket === undefined && now >= target.retryAt) open(id, target);
    if (target.socket === undefined) next = Math.min(next, target.retryAt);
    else if (slots.read(id, WORD.state) === TARGET.opening) next = Math.min(next, now + OPENING);
  }
  return next;
};

/** One turn of the event loop: replies of the sockets and requests of main are heard between sleeps. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const run = async (): Promise<void> => {
  while (!slots.stopped) {
    const seen = slots.doorbell;
    const { due, next } = dueAt(clock.now());
    if (due.length > 0) {
      sendDue(due, clock.now());
      await turn();
      continue;
    }
    await turn();
    const now = clock.now();
    slots.sleep(seen, Math.min(next, tend(now)), now);
  }
  for (const target of targets.values()) target.socket?.close();
  port?.close();
};

await run();
