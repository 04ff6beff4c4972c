/** What a key does. Letters only work while nothing is being typed. */
export interface Shortcuts {
  interrupt(): void;
  microphone(): void;
  text(): void;
  language(): void;
  help(): void;
}

/** Binds the keyboard. */
export const bindShortcuts = (actions: Shortcuts): void => {
  const letters: Readonly<Record<string, () => void>> = {
    m: () => actions.microphone(),
    l: () => actions.language(),
    "/": () => actions.text(),
    "?": () => actions.help(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      // In the help, Escape closes it; the dialog sees to that.
      if (document.querySelector("dialog[open]") === null) actions.interrupt();
      return;
    }
    const { target } = event;
    if (
      target instanceof HTMLTextAreaElement ||
      (target instanceof HTMLInputElement && (target.type === "text" || target.type === "password"))
    )
      return;
    const action = letters[event.key.toLowerCase()];
    if (action === undefined || event.repeat) return;
    event.preventDefault();
    action();
  });
};
