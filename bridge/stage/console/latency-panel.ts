import type { TextKey, Texts } from "../text/texts.ts";

/** Stages shown at most. */
const SHOWN = 6;

const NAMES: Readonly<Record<string, TextKey>> = {
  hangover: "stageHangover",
  asr: "stageAsr",
  llm: "stageLlm",
  clause: "stageClause",
  voice: "stageVoice",
  playout: "stagePlayout",
};

/** The newest turn's way from the end of the user's words to the first sound, stage by stage. */
export class LatencyPanel {
  readonly #total: HTMLElement;
  readonly #list: HTMLElement;
  readonly #texts: Texts;
  /** Milliseconds a stage. */
  #stages: Readonly<Record<string, number>> = {};

  constructor(parts: { readonly total: HTMLElement; readonly list: HTMLElement }, texts: Texts) {
    this.#total = parts.total;
    this.#list = parts.list;
    this.#texts = texts;
    texts.whenChanged(() => this.#show());
  }

  /** Shows a turn; `stages` in ms. */
  set(stages: Readonly<Record<string, number>>): void {
    this.#stages = stages;
    this.#show();
  }

  #show(): void {
    const stages = Object.entries(this.#stages).filter(([, ms]) => Number.isFinite(ms));
    const total = stages.reduce((sum, [, ms]) => sum + ms, 0);
    this.#total.textContent = stages.length === 0 ? "–" : `${Math.round(total)} ms`;
    this.#list.replaceChildren(...stages.slice(0, SHOWN).map(([name, ms]) => this.#bar(name, ms, total)));
  }

  #bar(name: string, ms: number, total: number): HTMLElement {
    const item = document.createElement("li");
    const label = document.createElement("span");
    const key = NAMES[name];
    label.textContent = key === undefined ? name : this.#texts.say(key);
    const share = document.createElement("progress");
    share.max = Math.max(1, total);
    share.value = Math.max(0, ms);
    share.setAttribute("aria-label", label.textContent);
    const reading = document.createElement("output");
    reading.textContent = `${Math.round(ms)} ms`;
    item.append(label, share, reading);
    return item;
  }
}
