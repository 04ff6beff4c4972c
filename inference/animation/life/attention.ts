import { fromMillis, fromSeconds, type Micros } from "../../../bridge/core/time.ts";
import { smooth } from "../closure.ts";

/** What the puppet is doing in the conversation. */
export type Attention = "idle" | "listening" | "thinking" | "speaking";

export const ATTENTIONS: readonly Attention[] = ["idle", "listening", "thinking", "speaking"];

/** Posture takes this long to follow. */
const SHIFT = fromMillis(700);
const HISTORY = fromSeconds(4);

/** Which mode holds when, for a few seconds back. */
export class AttentionSpan {
  #turns: { mode: Attention; at: number }[] = [{ mode: "idle", at: Number.NEGATIVE_INFINITY }];
  readonly #share = new Float64Array(ATTENTIONS.length);

  change(mode: Attention, at: Micros): void {
    // Later knowledge wins over what was planned after `at`.
    this.#turns = this.#turns.filter((turn) => turn.at < at && turn.at !== at);
    this.#turns.push({ mode, at });
    while (this.#turns.length > 2 && (this.#turns[1]?.at ?? at) < at - HISTORY) this.#turns.shift();
    if (this.#turns.length > 32) this.#turns.splice(0, this.#turns.length - 32);
  }

  /** The mode at `pts`. */
  modeAt(pts: number): Attention {
    return this.#turns.findLast((turn) => turn.at <= pts)?.mode ?? this.#turns[0]?.mode ?? "idle";
  }

  /** Since when the mode at `pts` holds. */
  since(pts: number): number {
    return this.#turns.findLast((turn) => turn.at <= pts)?.at ?? Number.NEGATIVE_INFINITY;
  }

  /** Share of each of `ATTENTIONS` in the posture at `pts`; they sum to 1. Valid until the next call. */
  sharesAt(pts: number): Float64Array {
    const share = this.#share.fill(0);
    this.#turns.forEach((turn, index) => {
      if (index > 0 && turn.at > pts) return;
      const arrived = index === 0 ? 1 : smooth((pts - turn.at) / SHIFT);
      const own = ATTENTIONS.indexOf(turn.mode);
      for (let mode = 0; mode < share.length; mode++)
        share[mode] = (share[mode] ?? 0) * (1 - arrived) + (mode === own ? arrived : 0);
    });
    return share;
  }
}
