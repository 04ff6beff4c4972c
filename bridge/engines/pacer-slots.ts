/** What a slot holds, and who may touch it: main owns FREE and WRITING, the worker owns SENDING; READY is taken by exchange. */
export const SLOT = { free: 0, writing: 1, ready: 2, sending: 3 } as const;

/** How a target is. */
export const TARGET = { opening: 0, open: 1, unresolved: 2, closed: 3 } as const;

/** Longest datagram: it fits an MTU of 1,500 over IPv6 as well. */
export const SLOT_BYTES = 1_448;
/** Sockets a pacer opens at most. */
export const MAX_TARGETS = 256;

/** Words of a target: its state, and counters. */
export const WORD = { state: 0, sent: 1, stale: 2, refused: 3, refusedAt: 4 } as const;
const WORDS = 8;

/** Lateness is counted in bins of this many µs; the last bin holds all that is later. */
export const BIN = 20;
export const BINS = 5_000;

/** Words both sides know. */
const CONTROL = { doorbell: 0, stop: 1 } as const;

/**
 * Packets that wait for their time, in memory that main and the worker share. It is a set of slots and not a queue:
 * main can overwrite or withdraw a packet in place until the moment the worker takes it.
 */
export class PacerSlots {
  readonly shared: SharedArrayBuffer;
  readonly capacity: number;
  readonly state: Int32Array;
  readonly target: Int32Array;
  readonly length: Int32Array;
  /** Breaks ties of `due`, so that the datagrams of one frame leave in the order they were written. */
  readonly order: Int32Array;
  /** µs of the daemon's clock. */
  readonly due: Float64Array;
  readonly bytes: Uint8Array;
  /** Lateness of what was sent. */
  readonly bins: Int32Array;
  readonly #control: Int32Array;
  readonly #wake: BigInt64Array;
  readonly #targets: Int32Array;

  constructor(capacity: number, shared?: SharedArrayBuffer) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError("a pacer needs at least 1 slot");
    const layout = layoutOf(capacity);
    this.shared = shared ?? new SharedArrayBuffer(layout.total);
    this.capacity = capacity;
    this.#wake = new BigInt64Array(this.shared, layout.wake, 1);
    this.due = new Float64Array(this.shared, layout.due, capacity);
    this.state = new Int32Array(this.shared, layout.state, capacity);
    this.target = new Int32Array(this.shared, layout.target, capacity);
    this.length = new Int32Array(this.shared, layout.length, capacity);
    this.order = new Int32Array(this.shared, layout.order, capacity);
    this.#control = new Int32Array(this.shared, layout.control, 2);
    this.#targets = new Int32Array(this.shared, layout.targets, MAX_TARGETS * WORDS);
    this.bins = new Int32Array(this.shared, layout.bins, BINS);
    this.bytes = new Uint8Array(this.shared, layout.bytes, capacity * SLOT_BYTES);
  }

  get stopped(): boolean {
    return Atomics.load(this.#control, CONTROL.stop) === 1;
  }

  get doorbell(): number {
    return Atomics.load(this.#control, CONTROL.doorbell);
  }

  /** A word of a target. */
  read(target: number, word: number): number {
    return Atomics.load(this.#targets, target * WORDS + word);
  }

  write(target: number, word: number, value: number): void {
    Atomics.store(this.#targets, target * WORDS + word, value);
  }

  add(target: number, word: number): void {
    Atomics.add(this.#targets, target * WORDS + word, 1);
  }

  /** Main: a new target begins with its counters at 0. */
  clear(target: number): void {
    for (let word = 0; word < WORDS; word++) this.write(target, word, 0);
  }

  /** Main: something changed that is due at `due`; wakes the worker where it would sleep past that. */
  ring(due: number): void {
    Atomics.add(this.#control, CONTROL.doorbell, 1);
    if (due < Number(Atomics.load(this.#wake, 0))) Atomics.notify(this.#control, CONTROL.doorbell);
  }

  /** Main: ends the worker's loop. */
  stop(): void {
    Atomics.store(this.#control, CONTROL.stop, 1);
    Atomics.add(this.#control, CONTROL.doorbell, 1);
    Atomics.notify(this.#control, CONTROL.doorbell);
  }

  /** Worker: sleeps until `wake` µs, `now` being the time, or until main rings after the doorbell was `seen`. */
  sleep(seen: number, wake: number, now: number): void {
    // Published before the wait: main compares with it after its write, so no earlier packet is slept past.
    Atomics.store(this.#wake, 0, BigInt(Math.ceil(wake)));
    Atomics.wait(this.#control, CONTROL.doorbell, seen, Math.max(0, (wake - now) / 1_000));
    // Awake: writers need not ring.
    Atomics.store(this.#wake, 0, 0n);
  }
}

interface Layout {
  readonly wake: number;
  readonly due: number;
  readonly state: number;
  readonly target: number;
  readonly length: number;
  readonly order: number;
  readonly control: number;
  readonly targets: number;
  readonly bins: number;
  readonly bytes: number;
  readonly total: number;
}

/** Eight-byte views first, so that all are aligned. */
const layoutOf = (capacity: number): Layout => {
  const wake = 0;
  const due = wake + 8;
  const state = due + capacity * 8;
  const target = state + capacity * 4;
  const length = target + capacity * 4;
  const order = length + capacity * 4;
  const control = order + capacity * 4;
  const targets = control + 8;
  const bins = targets + MAX_TARGETS * WORDS * 4;
  const bytes = bins + BINS * 4;
  return {
    wake,
    due,
    state,
    target,
    length,
    order,
    control,
    targets,
    bins,
    bytes,
    total: bytes + capacity * SLOT_BYTES,
  };
};
