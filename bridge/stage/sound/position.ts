/** Where a presenter of sound was: the pts at a frame of its own counter, and how loud the sound is there (RMS 0..1). */
export interface Position {
  readonly frame: number;
  /** Pts of the sample at `frame`, µs of the daemon's clock. */
  readonly pts: number;
  readonly playing: boolean;
  readonly level: number;
}

/** Positions kept: 1.4 s of reports every 512 frames at 48 kHz, more than any output's latency. */
const KEPT = 128;
/** Beyond this difference two positions are not one motion: the playhead has jumped between them, µs. */
const JUMP = 30_000;

/** The positions that were reported lately: what is heard at a frame that lies between, or shortly after, them. */
export class PositionRing {
  readonly #rate: number;
  #positions: Position[] = [];

  constructor(rate: number) {
    if (!(rate > 0)) throw new RangeError("a position ring needs a positive rate");
    this.#rate = rate;
  }

  get newest(): Position | undefined {
    return this.#positions.at(-1);
  }

  push(position: Position): void {
    if (position.frame <= (this.newest?.frame ?? Number.NEGATIVE_INFINITY)) return;
    this.#positions.push(position);
    if (this.#positions.length > KEPT) this.#positions.shift();
  }

  /** The position at `frame`; undefined before the first report. */
  at(frame: number): Position | undefined {
    let i = this.#positions.length - 1;
    while (i > 0 && (this.#positions[i]?.frame ?? 0) > frame) i--;
    const before = this.#positions[i];
    if (before === undefined) return undefined;
    const after = this.#positions[i + 1];
    const elapsed = ((frame - before.frame) / this.#rate) * 1_000_000;
    const straight = { ...before, frame, pts: before.pts + elapsed };
    if (after === undefined || frame < before.frame) return straight;
    const span = ((after.frame - before.frame) / this.#rate) * 1_000_000;
    if (Math.abs(after.pts - before.pts - span) > JUMP) return straight;
    return { ...before, frame, pts: before.pts + ((after.pts - before.pts) * elapsed) / span };
  }

  clear(): void {
    this.#positions = [];
  }
}
