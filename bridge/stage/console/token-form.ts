import type { Refusal, TokenPrompt } from "../link/admission.ts";
import type { TextKey, Texts } from "../text/texts.ts";
import { element } from "./elements.ts";

const REFUSALS: Readonly<Record<Refusal, TextKey>> = {
  wrong: "tokenWrong",
  unreachable: "lostLink",
  "no-cookie": "tokenNoCookie",
};

/** The form that asks for the daemon's token. */
export const openTokenForm = (texts: Texts): TokenPrompt => {
  const dialog = element("login", HTMLDialogElement);
  const form = element("login-form", HTMLFormElement);
  const box = element("token", HTMLInputElement);
  const send = element("login-send", HTMLButtonElement);
  const sentence = element("login-refused", HTMLElement);
  let refused: Refusal | undefined;
  let answer: ((token: string) => void) | undefined;

  const show = (): void => {
    sentence.hidden = refused === undefined;
    sentence.textContent = refused === undefined ? "" : texts.say(REFUSALS[refused]);
    box.setAttribute("aria-invalid", String(refused !== undefined));
    send.disabled = answer === undefined;
  };
  texts.whenChanged(show);

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const token = box.value.trim();
    if (token === "" || answer === undefined) return;
    answer(token);
    answer = undefined;
    show();
  });
  // Without the token there is nothing to go back to.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.addEventListener("close", () => {
    if (answer !== undefined) dialog.showModal();
  });
  return {
    ask: (why) =>
      new Promise((resolve) => {
        refused = why;
        answer = resolve;
        show();
        if (!dialog.open) dialog.showModal();
        box.select();
      }),
    close: () => {
      box.value = "";
      dialog.close();
    },
  };
};
