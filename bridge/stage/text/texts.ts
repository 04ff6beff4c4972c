import en from "./en.json" with { type: "json" };
import zh from "./zh.json" with { type: "json" };

export type Language = "en" | "zh";
export type TextKey = keyof typeof en;

const TEXTS: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { en, zh };
const REMEMBERED = "bunraku.language";

/** The language remembered, or the first of the browser's that we speak. */
export const chooseLanguage = (remembered: string | null, spoken: readonly string[]): Language => {
  if (remembered === "en" || remembered === "zh") return remembered;
  for (const tag of spoken) {
    if (tag.startsWith("zh")) return "zh";
    if (tag.startsWith("en")) return "en";
  }
  return "en";
};

/** All words of the page, in one language at a time. */
export class Texts {
  #language: Language;
  #changed: (() => void)[] = [];

  constructor(language: Language) {
    this.#language = language;
  }

  get language(): Language {
    return this.#language;
  }

  /** The text of a key, its `{names}` filled in. */
  say(key: TextKey, filled: Readonly<Record<string, string>> = {}): string {
    return TEXTS[this.#language][key].replace(/\{(\w+)\}/g, (_, name: string) => filled[name] ?? "");
  }

  /** Runs `translate` now and after every change of language. */
  whenChanged(translate: () => void): void {
    this.#changed.push(translate);
    translate();
  }

  switchTo(language: Language): void {
    this.#language = language;
    for (const translate of this.#changed) translate();
  }
}

/** The texts of this page: fills every `data-i18n` element, and remembers a choice. */
export const openTexts = (): Texts => {
  const texts = new Texts(chooseLanguage(recall(), navigator.languages));
  texts.whenChanged(() => {
    document.documentElement.lang = texts.language === "zh" ? "zh-CN" : "en";
    remember(texts.language);
    fill("i18n", (target, text) => (target.textContent = text), texts);
    fill("i18nLabel", (target, text) => target.setAttribute("aria-label", text), texts);
    fill("i18nPlaceholder", (target, text) => target.setAttribute("placeholder", text), texts);
  });
  return texts;
};

const fill = (name: string, put: (target: HTMLElement, text: string) => void, texts: Texts): void => {
  const attribute = `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  for (const target of document.querySelectorAll<HTMLElement>(`[${attribute}]`))
    put(target, texts.say(target.dataset[name] as TextKey));
};

// A browser that forbids storage still gets a page, only one that forgets.
const recall = (): string | null => {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
};

const remember = (language: Language): void => {
  try {
    localStorage.setItem(REMEMBERED, language);
  } catch {
    return;
  }
};
