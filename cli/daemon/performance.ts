import type { Heard, SpeechChunk, TurnId } from "../../bridge/core/frames.ts";
import { fromSamples, later, minus, plus, type Clock, type Micros } from "../../bridge/core/time.ts";
import type { Playout } from "../../bridge/sync/playout.ts";
import type { ConsoleEvent } from "../../bridge/wire/messages.ts";
import type { Performer } from "../../inference/animation/performer.ts";
import type { Performance } from "../../inference/dialogue/conversation.ts";

export interface StagePerformanceOptions {
  readonly clock: Clock;
  readonly playout: Playout;
  readonly performer: Performer;
  readonly tell: (event: ConsoleEvent) => void;
}

/** Joins voice, face and playout: a chunk is placed once, and its sound, its lips and its subtitle share that pts. */
export class StagePerformance implements Performance {
  readonly #options: StagePerformanceOptions;
  /** The clause shown last. */
  #shown: Extract<ConsoleEvent, { kind: "subtitle" }> | undefined;

  constructor(options: StagePerformanceOptions) {
    this.#options = options;
  }

  async play(chunk: SpeechChunk, signal: AbortSignal): Promise<void> {
    const { playout, performer } = this.#options;
    await playout.room(signal);
    const pts = playout.place(chunk);
    if (pts === undefined) return;
    performer.speak(chunk, pts);
    playout.tick();
    this.#subtitle(chunk, pts);
  }

  /** Shows a clause, and again when it turns out to be longer: only some voices know at once how long it will be. */
  #subtitle(chunk: SpeechChunk, pts: Micros): void {
    const { turn, clause, text, phonemes, offset } = chunk;
    const sound = plus(pts, fromSamples(chunk.pcm.length, chunk.sampleRate));
    const spoken = plus(pts, minus(phonemes?.at(-1)?.end ?? offset, offset));
    const end = later(sound, spoken);
    const known = this.#shown;
    const same = known !== undefined && known.turn === turn && known.clause === clause;
    if (text === "" && (!same || end <= known.end)) return;
    this.#shown =
      same && text === "" ? { ...known, end } : { kind: "subtitle", turn, clause, text, pts, end };
    this.#options.tell(this.#shown);
  }

  finish(turn: TurnId, signal: AbortSignal): Promise<Heard> {
    return this.#options.playout.finish(turn, signal);
  }

  flush(turn: TurnId): Promise<Heard> {
    const { playout, performer, clock } = this.#options;
    performer.interrupt(turn, clock.now());
    return playout.flush(turn);
  }

  audible(turn: TurnId): boolean {
    return this.#options.playout.audible(turn);
  }

  /** Pts at which the turn's first sound is heard, once placed. */
  begins(turn: TurnId): Micros | undefined {
    return this.#options.playout.begins(turn);
  }
}
