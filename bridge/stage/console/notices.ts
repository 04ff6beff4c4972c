import type { TextKey, Texts } from "../text/texts.ts";
import { after } from "../page-clock.ts";

/** Notices shown at once, and how long each stays, ms. */
const SHOWN = 3;
const STAYS_MS = 15_000;

const FIXES: Readonly<Record<string, TextKey>> = {
  config: "fixConfig",
  auth: "fixAuth",
  input: "fixInput",
  "rate-limit": "fixRateLimit",
  unreachable: "fixUnreachable",
  device: "fixDevice",
  model: "fixModel",
  protocol: "fixProtocol",
  bug: "fixBug",
};

/** Troubles as sentences, each with what to do about it. */
export class Notices {
  readonly #area: HTMLElement;
  readonly #texts: Texts;

  constructor(area: HTMLElement, texts: Texts) {
    this.#area = area;
    this.#texts = texts;
  }

  /** Shows a sentence; the same one is not shown twice. */
  show(sentence: string, fault?: string): void {
    const known = [...this.#area.children].some(
      (notice) => notice.firstElementChild?.textContent === sentence,
    );
    if (known) return;
    const notice = document.createElement("div");
    notice.className = "notice";
    notice.dataset["testid"] = "notice";
    const what = document.createElement("p");
    what.textContent = sentence;
    const fix = document.createElement("p");
    fix.className = "fix";
    fix.textContent = fault === undefined ? "" : this.#texts.say(FIXES[fault] ?? "fixBug");
    const close = document.createElement("button");
    close.type = "button";
    close.className = "quiet";
    close.textContent = "✕";
    close.setAttribute("aria-label", this.#texts.say("close"));
    close.addEventListener("click", () => notice.remove());
    notice.append(what, fix, close);
    this.#area.append(notice);
    while (this.#area.childElementCount > SHOWN) this.#area.firstElementChild?.remove();
    after(STAYS_MS, () => notice.remove());
  }

  clear(): void {
    this.#area.replaceChildren();
  }
}
