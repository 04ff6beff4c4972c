/** What the page presented at one instant. Times in µs of the daemon's clock, gap in cm. */
export interface TraceEntry {
  /** Pts of the sound that was being heard. */
  readonly heardPts: number;
  /** Pts of the pose that was evaluated for it. */
  readonly presentedPts: number;
  readonly gap: number;
  /** Loudness heard, RMS 0..1. */
  readonly rms: number;
  readonly jawOpen: number;
  readonly mouthClose: number;
  readonly playing: boolean;
}

/** The newest entries of what was presented, at most `capacity`: the page's own evidence, and what tests read. */
export class Trace {
  readonly #capacity: number;
  readonly #entries: TraceEntry[] = [];
  #next = 0;

  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError("a trace needs at least one place");
    this.#capacity = capacity;
  }

  push(entry: TraceEntry): void {
    this.#entries[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#capacity;
  }

  get newest(): TraceEntry | undefined {
    return this.#entries[(this.#next + this.#capacity - 1) % this.#capacity] ?? this.#entries.at(-1);
  }

  /** Oldest first; a copy. */
  entries(): TraceEntry[] {
    if (this.#entries.length < this.#capacity) return [...this.#entries];
    return [...this.#entries.slice(this.#next), ...this.#entries.slice(0, this.#next)];
  }
}
