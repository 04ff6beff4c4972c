/** One clause on the timeline, µs of the daemon's clock. */
export interface Subtitle {
  readonly turn: number;
  readonly clause: number;
  readonly text: string;
  readonly pts: number;
  readonly end: number;
}

/** What a subtitle shows: what was heard of it, and what is still to come. */
export interface Split {
  readonly heard: string;
  readonly pending: string;
}

/** Clauses kept, and how long the last one stays, µs. */
const KEPT = 64;
const LINGER = 900_000;
const letterCutter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const NOTHING: Split = { heard: "", pending: "" };

/** The clauses of the turns being spoken, and which of them is heard at a pts. */
export class SubtitleTrack {
  #subtitles: Subtitle[] = [];

  /** Takes a clause; one that is sent again replaces itself. */
  add(subtitle: Subtitle): void {
    this.#subtitles = this.#subtitles.filter(
      (other) => other.turn !== subtitle.turn || other.clause !== subtitle.clause,
    );
    this.#subtitles.push(subtitle);
    this.#subtitles.sort((a, b) => a.pts - b.pts);
    if (this.#subtitles.length > KEPT) this.#subtitles.shift();
  }

  /** Forgets everything: the link is lost. */
  clear(): void {
    this.#subtitles = [];
  }

  /** Forgets a turn and those before it: it was interrupted. */
  flush(turn: number): void {
    this.#subtitles = this.#subtitles.filter((subtitle) => subtitle.turn > turn);
  }

  /** The clause at `pts`, split where the voice is. */
  at(pts: number): Split {
    const current = this.#subtitles.findLast((subtitle) => subtitle.pts <= pts);
    if (current === undefined || pts > current.end + LINGER) return NOTHING;
    const letters = Array.from(letterCutter.segment(current.text), ({ segment }) => segment);
    const share = (pts - current.pts) / Math.max(1, current.end - current.pts);
    const heard = wordEnd(letters, Math.min(letters.length, Math.ceil(share * letters.length)));
    return { heard: letters.slice(0, heard).join(""), pending: letters.slice(heard).join("") };
  }
}

/** Latin words light up whole. */
const wordEnd = (letters: readonly string[], from: number): number => {
  let end = from;
  while (end > 0 && end < letters.length && /[\p{Script=Latin}\d']/u.test(letters[end] ?? "")) end++;
  return end;
};
