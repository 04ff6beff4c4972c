import { Worker } from "node:worker_threads";
import { BunrakuError, reasonOf } from "../core/errors.ts";
import { fromMillis, plus, type Micros, type SystemClock } from "../core/time.ts";
import { BIN, MAX_TARGETS, PacerSlots, SLOT, SLOT_BYTES, WORD } from "./pacer-slots.ts";
import type { PacerRequest, PacerWorkerData } from "./pacer-worker.ts";

/** A packet that was scheduled: replace or withdraw it with this until it leaves. */
export type PacerTicket = number & { readonly __id: "ticket" };

export interface PacerStats {
  readonly sent: number;
  /** Lateness of the packets that left, µs. */
  readonly lateP50: number;
  readonly lateP99: number;
  readonly lateMax: number;
}

export interface PacerTargetStats {
  readonly sent: number;
  /** Packets that were not sent because a newer one was due. */
  readonly stale: number;
  /** Packets that the host refused: nobody listens there. */
  readonly refused: number;
  /** Packets that found no free slot. */
  readonly dropped: number;
  readonly state: "opening" | "open" | "unresolved" | "closed";
  /** True where a packet was refused within the last two seconds. */
  readonly refusing: boolean;
}

const STATES = ["opening", "open", "unresolved", "closed"] as const;
/** How long a refusal counts as news, ms. */
const REFUSING = 2_000;
const WORKER_NAME = "bunraku pacer";

/**
 * Sends UDP packets at their due time from a thread of its own, so that a busy main thread does not make a face
 * stutter. Packets may be handed over as far ahead as the caller likes: each waits in shared memory, where it can be
 * replaced or withdrawn until it leaves. One pacer serves every engine of a daemon. Not for use on a virtual clock.
 */
export class Pacer {
  readonly #clock: SystemClock;
  readonly #slots: PacerSlots;
  readonly #generations: Uint32Array;
  #worker: Worker | undefined;
  #cursor = 0;
  #order = 0;
  #targets = 0;
  /** Ids of closed targets, to be given again. */
  readonly #closed: number[] = [];
  #failure: string | undefined;

  /** `capacity` is the number of packets that may wait at once, of all targets together. */
  constructor(options: { clock: SystemClock; capacity?: number }) {
    this.#clock = options.clock;
    this.#slots = new PacerSlots(options.capacity ?? 2_048);
    this.#generations = new Uint32Array(this.#slots.capacity);
  }

  /** Starts the thread. It does not keep the process alive, and ends with it. */
  start(): void {
    if (this.#worker !== undefined) return;
    const data: PacerWorkerData = {
      shared: this.#slots.shared,
      capacity: this.#slots.capacity,
      origin: this.#clock.origin,
    };
    // Flags of the process (a loader, -e) are not for this thread.
    const options = { workerData: data, name: WORKER_NAME, execArgv: [] };
    this.#worker = new Worker(builtWorker(import.meta.url), options);
    this.#worker.on("error", (error) => (this.#failure = reasonOf(error)));
    this.#worker.unref();
  }

  /** Why the thread died, or undefined while it is well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** A socket connected to `host`; `period` is one frame: what is later than that gives way to what is newer. */
  open(options: { host: string; port: number; period: Micros }): PacerTarget {
    if (this.#worker === undefined) throw new BunrakuError("bug", "the pacer is not started");
    const id = this.#closed.shift() ?? this.#targets++;
    if (id >= MAX_TARGETS)
      throw new BunrakuError("config", `one daemon sends to at most ${MAX_TARGETS} UDP targets`);
    this.#slots.clear(id);
    this.#ask({ kind: "open", target: id, ...options });
    return new PacerTarget({
      slots: this.#slots,
      clock: this.#clock,
      id,
      schedule: (due, bytes) => this.#schedule(id, due, bytes),
      generation: (slot) => this.#generations[slot] ?? 0,
      close: () => {
        this.#ask({ kind: "close", target: id });
        this.#closed.push(id);
      },
    });
  }

  stats(): PacerStats {
    const { bins } = this.#slots;
    let sent = 0;
    for (let i = 0; i < bins.length; i++) sent += Atomics.load(bins, i);
    const at = (q: number): number => {
      let left = Math.max(1, Math.ceil(q * sent));
      for (let i = 0; i < bins.length; i++) {
        left -= Atomics.load(bins, i);
        if (left <= 0) return (i + 1) * BIN;
      }
      return 0;
    };
    return { sent, lateP50: at(0.5), lateP99: at(0.99), lateMax: at(1) };
  }

  /** Forgets the lateness so far: a measurement begins. */
  resetStats(): void {
    this.#slots.bins.fill(0);
  }

  /** Ends the thread; what still waits is not sent. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#slots.stop();
    const exited = new AbortController();
    worker.once("exit", () => exited.abort(new Error("the thread ended")));
    await this.#clock.sleepUntil(plus(this.#clock.now(), EXIT), exited.signal).catch(() => undefined);
    await worker.terminate();
  }

  #ask(request: PacerRequest): void {
    this.#worker?.postMessage(request);
    // The worker hears messages between sleeps only.
    this.#slots.ring(Number.NEGATIVE_INFINITY);
  }

  #schedule(target: number, due: Micros, bytes: Uint8Array): PacerTicket | undefined {
    const slots = this.#slots;
    if (bytes.byteLength > SLOT_BYTES)
      throw new BunrakuError("bug", `a datagram of ${bytes.byteLength} bytes is over ${SLOT_BYTES}`);
    for (let tried = 0; tried < slots.capacity; tried++) {
      const slot = this.#cursor;
      this.#cursor = (this.#cursor + 1) % slots.capacity;
      if (Atomics.compareExchange(slots.state, slot, SLOT.free, SLOT.writing) !== SLOT.free) continue;
      const generation = ((this.#generations[slot] ?? 0) + 1) % MAX_GENERATION;
      this.#generations[slot] = generation;
      slots.target[slot] = target;
      slots.due[slot] = due;
      slots.order[slot] = this.#order = (this.#order + 1) | 0;
      slots.length[slot] = bytes.byteLength;
      slots.bytes.set(bytes, slot * SLOT_BYTES);
      Atomics.store(slots.state, slot, SLOT.ready);
      slots.ring(due);
      return (generation * slots.capacity + slot) as PacerTicket;
    }
    return undefined;
  }
}

/** Tickets stay exact integers: generations wrap long after a slot's earlier packet has left. */
const MAX_GENERATION = 2 ** 31;
/** The thread is given this long to close its sockets. */
const EXIT = fromMillis(1_000);

interface TargetParts {
  readonly slots: PacerSlots;
  readonly clock: SystemClock;
  readonly id: number;
  readonly schedule: (due: Micros, bytes: Uint8Array) => PacerTicket | undefined;
  readonly generation: (slot: number) => number;
  readonly close: () => void;
}

/** One connected socket of a pacer, and the packets that wait for it. */
export class PacerTarget {
  readonly #parts: TargetParts;
  #dropped = 0;
  #open = true;

  constructor(parts: TargetParts) {
    this.#parts = parts;
  }

  /** Lets `bytes` leave at `due`; copies them. Undefined where every slot is taken: dropped and counted. */
  schedule(due: Micros, bytes: Uint8Array): PacerTicket | undefined {
    const ticket = this.#parts.schedule(due, bytes);
    if (ticket === undefined) this.#dropped++;
    return ticket;
  }

  /** Puts `bytes` in the place of a packet that has not left; false where it has. */
  replace(ticket: PacerTicket, bytes: Uint8Array): boolean {
    const { slots } = this.#parts;
    const slot = this.#take(ticket);
    if (slot === undefined) return false;
    slots.length[slot] = bytes.byteLength;
    slots.bytes.set(bytes, slot * SLOT_BYTES);
    Atomics.store(slots.state, slot, SLOT.ready);
    // Without the bell a worker that looked while the slot was being written would sleep past it.
    slots.ring(slots.due[slot] ?? 0);
    return true;
  }

  /** Withdraws a packet that has not left; false where it has. */
  withdraw(ticket: PacerTicket): boolean {
    const slot = this.#take(ticket);
    if (slot === undefined) return false;
    Atomics.store(this.#parts.slots.state, slot, SLOT.free);
    return true;
  }

  stats(): PacerTargetStats {
    const { slots, id, clock } = this.#parts;
    const refused = slots.read(id, WORD.refused);
    const since = (Math.floor(clock.now() / 1_000) - slots.read(id, WORD.refusedAt)) | 0;
    return {
      sent: slots.read(id, WORD.sent),
      stale: slots.read(id, WORD.stale),
      refused,
      dropped: this.#dropped,
      state: this.#open ? (STATES[slots.read(id, WORD.state)] ?? "closed") : "closed",
      refusing: refused > 0 && since < REFUSING,
    };
  }

  /** Closes the socket; what still waits for it is not sent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    const { slots, id, close } = this.#parts;
    for (let slot = 0; slot < slots.capacity; slot++) {
      if (slots.target[slot] !== id) continue;
      Atomics.compareExchange(slots.state, slot, SLOT.ready, SLOT.free);
    }
    close();
  }

  #take(ticket: PacerTicket): number | undefined {
    const { slots, generation } = this.#parts;
    const slot = ticket % slots.capacity;
    if (generation(slot) !== Math.floor(ticket / slots.capacity)) return undefined;
    const was = Atomics.compareExchange(slots.state, slot, SLOT.ready, SLOT.writing);
    return was === SLOT.ready ? slot : undefined;
  }
}

/** A worker starts from built JavaScript only: from a source tree (tests) its place under `.build` is taken. */
const builtWorker = (here: string): URL =>
  here.endsWith(".ts")
    ? new URL("../../.build/bridge/engines/pacer-worker.js", here)
    : new URL("./pacer-worker.js", here);
