/** A stretch of a model's text that is not for the audience. */
interface Span {
  readonly open: string;
  readonly close: string;
}

/** Thoughts as reasoning models mark them, and the mark that memory puts behind an interrupted answer (a model may copy it). */
const SPANS: readonly Span[] = [
  { open: "<think>", close: "</think>" },
  { open: "<thinking>", close: "</thinking>" },
  { open: "<reasoning>", close: "</reasoning>" },
  { open: "[interrupted", close: "]" },
  { open: "[被打断", close: "]" },
];

/** Removes hidden spans from streamed text; a mark may be split between pieces. An unclosed span hides the rest. */
export class HiddenSpans {
  #held = "";
  #inside: Span | undefined;

  /** The speakable part of what is known so far. */
  push(piece: string): string {
    this.#held += piece;
    let out = "";
    for (;;) {
      const before = this.#held.length;
      out += this.#step();
      if (this.#held.length === before) return out;
    }
  }

  /** What was held back in case it became a mark. */
  end(): string {
    const rest = this.#inside === undefined ? this.#held : "";
    this.#held = "";
    return rest;
  }

  #step(): string {
    const text = asciiLower(this.#held);
    if (this.#inside !== undefined) {
      const { close } = this.#inside;
      const at = text.indexOf(close);
      this.#held =
        at < 0 ? this.#held.slice(-tailOf(text, close) || text.length) : this.#held.slice(at + close.length);
      if (at >= 0) this.#inside = undefined;
      return "";
    }
    const hit = SPANS.map((span) => ({ span, at: text.indexOf(span.open) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)[0];
    if (hit !== undefined) {
      const out = this.#held.slice(0, hit.at);
      this.#held = this.#held.slice(hit.at + hit.span.open.length);
      this.#inside = hit.span;
      return out;
    }
    const keep = Math.max(...SPANS.map((span) => tailOf(text, span.open)));
    const out = this.#held.slice(0, this.#held.length - keep);
    this.#held = this.#held.slice(this.#held.length - keep);
    return out;
  }
}

/** `toLowerCase` may change the length of a text; positions must not move. */
const asciiLower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Length of the longest end of `text` that begins `mark`. */
const tailOf = (text: string, mark: string): number => {
  for (let length = Math.min(text.length, mark.length - 1); length > 0; length--) {
    if (text.endsWith(mark.slice(0, length))) return length;
  }
  return 0;
};
