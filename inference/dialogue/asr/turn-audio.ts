import { BunrakuError } from "../../../bridge/core/errors.ts";
import { EAR_RATE } from "../../../bridge/core/frames.ts";

/** A user turn longer than this is refused: 38 MB of samples. */
const LONGEST_TURN = 10 * 60 * EAR_RATE;

/** The samples of one user turn, growing in one buffer. */
export class TurnAudio {
  #samples = new Float32Array(EAR_RATE * 4);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Appends; throws fault `input` after ten minutes. */
  push(samples: Float32Array): void {
    const length = this.#length + samples.length;
    if (length > LONGEST_TURN) throw new BunrakuError("input", "one user turn is longer than ten minutes");
    if (length > this.#samples.length) {
      const larger = new Float32Array(Math.max(length, this.#samples.length * 2));
      larger.set(this.#samples.subarray(0, this.#length));
      this.#samples = larger;
    }
    this.#samples.set(samples, this.#length);
    this.#length = length;
  }

  /** Everything held; valid until the next `push` or `drop`. */
  all(): Float32Array {
    return this.#samples.subarray(0, this.#length);
  }

  /** Forgets the first `count` samples. */
  drop(count: number): void {
    this.#samples = this.#samples.slice(count, Math.max(this.#length, count + EAR_RATE));
    this.#length = Math.max(0, this.#length - count);
  }

  clear(): void {
    this.#samples = new Float32Array(0);
    this.#length = 0;
  }
}
