import type { Texts } from "../text/texts.ts";

/** Lines kept on the page. */
const KEPT = 200;
/** Distance from the end within which new lines scroll the list, px. */
const FOLLOW = 60;

/** Who said what, newest last. Only what was really heard of the puppet is written down. */
export class Transcript {
  readonly #list: HTMLElement;
  readonly #texts: Texts;
  #open: HTMLElement | undefined;

  constructor(list: HTMLElement, texts: Texts) {
    this.#list = list;
    this.#texts = texts;
    texts.whenChanged(() => {
      list.dataset["empty"] = texts.say("emptyTranscript");
      for (const cut of list.querySelectorAll(".cut")) cut.textContent = ` ${texts.say("cut")}`;
    });
  }

  /** What the user says; a line that is not final is replaced by the next. */
  user(text: string, final: boolean): void {
    const line = this.#open ?? this.#add("user");
    line.textContent = text;
    line.dataset["final"] = String(final);
    this.#open = final ? undefined : line;
    if (text === "") {
      line.remove();
      this.#open = undefined;
    }
    this.#follow(line);
  }

  /** What was heard of a turn so far. */
  heard(turn: number, text: string, interrupted: boolean): void {
    if (text === "" && !interrupted) return;
    const known = this.#list.querySelector<HTMLElement>(`[data-turn="${turn}"]`);
    const line = known ?? this.#add("puppet");
    line.dataset["turn"] = String(turn);
    line.textContent = text;
    if (interrupted) {
      const cut = document.createElement("span");
      cut.className = "cut";
      cut.textContent = ` ${this.#texts.say("cut")}`;
      line.append(cut);
    }
    this.#follow(line);
  }

  #add(kind: "user" | "puppet"): HTMLElement {
    const line = document.createElement("li");
    line.className = kind;
    line.dataset["testid"] = `line-${kind}`;
    this.#list.append(line);
    while (this.#list.childElementCount > KEPT) this.#list.firstElementChild?.remove();
    return line;
  }

  /** Scrolls to a new line, unless the reader has scrolled away. */
  #follow(line: HTMLElement): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    if (scrollHeight - scrollTop - clientHeight < FOLLOW + line.offsetHeight)
      this.#list.scrollTop = scrollHeight;
  }
}
