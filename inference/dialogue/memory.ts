import type { Lang } from "../../bridge/core/frames.ts";
import type { LlmMessage } from "./provider.ts";

/** What stands behind an answer that the user cut off, so that a model knows where it was stopped. */
export const INTERRUPTED: Readonly<Record<Lang, string>> = { en: " —[interrupted]", zh: "——[被打断]" };

const NOTE: Readonly<Record<Lang, string>> = {
  en: "A message of yours that ends in [interrupted] was cut off there by the user; the rest was not heard. Never write that mark yourself.",
  zh: "你的话如果以[被打断]结尾，说明用户在那里打断了你，后面的内容没有被听到。你自己不要写这个标记。",
};

const SPOKEN: Readonly<Record<Lang, string>> = { en: "You have already said:", zh: "你已经说过：" };

export interface MemoryOptions {
  /** The system prompt for answers in a language. */
  readonly system: Readonly<Record<Lang, string>>;
  /** Messages kept, 2 and up. */
  readonly messages?: number;
  /** Characters kept, of all messages together. */
  readonly characters?: number;
}

interface Entry {
  readonly role: "user" | "assistant";
  readonly content: string;
}

/** What one puppet and its user have said to each other, as far as it was heard. Bounded; the oldest is forgotten first. */
export class Memory {
  readonly #system: Readonly<Record<Lang, string>>;
  readonly #maxMessages: number;
  readonly #maxCharacters: number;
  #entries: Entry[] = [];

  constructor(options: MemoryOptions) {
    this.#system = options.system;
    this.#maxMessages = options.messages ?? 40;
    this.#maxCharacters = options.characters ?? 8_000;
    if (this.#maxMessages < 2) throw new RangeError("a memory holds at least two messages");
    if (this.#maxCharacters < 100) throw new RangeError("a memory holds at least 100 characters");
  }

  /** True where the user's last words have no answer yet. */
  get unanswered(): boolean {
    return this.#entries.at(-1)?.role === "user";
  }

  /** The user's words. Where the words before them were never answered, both are one turn. */
  user(text: string): void {
    this.#add({ role: "user", content: text.trim() });
  }

  /** What was heard of the puppet. Nothing is kept of a turn that was stopped before its first word. */
  agent(text: string, options: { lang: Lang; interrupted: boolean }): void {
    const heard = text.trim();
    if (heard === "") return;
    const content = options.interrupted ? heard + INTERRUPTED[options.lang] : heard;
    this.#add({ role: "assistant", content });
  }

  /** The conversation for a model: system prompt first, then user and assistant in turn, the user first. */
  messages(lang: Lang): LlmMessage[] {
    const first = this.#entries.findIndex((entry) => entry.role === "user");
    // Several chat templates refuse a conversation that the assistant opens: a greeting moves into the prompt.
    const opening = this.#entries.slice(0, Math.max(0, first)).map((entry) => entry.content);
    const cut = this.#entries.some((entry) =>
      Object.values(INTERRUPTED).some((mark) => entry.content.includes(mark)),
    );
    const system = [
      this.#system[lang],
      ...(opening.length === 0 ? [] : [`${SPOKEN[lang]} ${opening.join(" ")}`]),
      ...(cut ? [NOTE[lang]] : []),
    ].join("\n\n");
    return [{ role: "system", content: system }, ...this.#entries.slice(Math.max(0, first))];
  }

  #add(entry: Entry): void {
    if (entry.content === "") return;
    const last = this.#entries.at(-1);
    // Roles alternate: two messages of one speaker are one.
    if (last?.role === entry.role) {
      this.#entries.pop();
      this.#entries.push({ role: entry.role, content: mergeWords(last.content, entry.content) });
    } else {
      this.#entries.push(entry);
    }
    this.#forget();
  }

  #forget(): void {
    const size = (): number => this.#entries.reduce((sum, entry) => sum + entry.content.length, 0);
    while (
      this.#entries.length > this.#maxMessages ||
      (this.#entries.length > 1 && size() > this.#maxCharacters)
    ) {
      this.#entries.shift();
    }
    const only = this.#entries[0];
    if (this.#entries.length === 1 && only !== undefined && only.content.length > this.#maxCharacters) {
      this.#entries = [{ role: only.role, content: only.content.slice(-this.#maxCharacters) }];
    }
  }
}

/** Two pieces of one speaker's words; no space beside hanzi. */
export const mergeWords = (first: string, second: string): string => {
  const tight = /[\p{Script=Han}，。！？；：、]$/u.test(first) && /^\p{Script=Han}/u.test(second);
  return tight ? first + second : `${first} ${second}`.trim();
};
