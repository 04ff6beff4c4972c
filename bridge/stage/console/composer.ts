import type { ConsoleCommand } from "../../wire/messages.ts";
import type { Texts } from "../text/texts.ts";
import { element } from "./elements.ts";

/** The text box: asks the puppet, or has it say the text. */
export const openComposer = (texts: Texts, send: (command: ConsoleCommand) => void): void => {
  const form = element("composer", HTMLFormElement);
  const box = element("text", HTMLTextAreaElement);
  const mode = (): "ask" | "say" => (new FormData(form).get("mode") === "say" ? "say" : "ask");
  const label = (): void => {
    box.placeholder = texts.say(mode() === "ask" ? "askPlaceholder" : "sayPlaceholder");
  };
  texts.whenChanged(label);
  form.addEventListener("change", label);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (text === "") return;
    send({ kind: mode(), text });
    box.value = "";
  });
  box.addEventListener("keydown", (event) => {
    // While an input method composes, Enter chooses a word; Safari reports that key as 229 only.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });
};
