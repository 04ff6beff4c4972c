import { Admission, takeToken } from "./link/admission.ts";
import { PageEngine, linkUrl } from "./page-engine.ts";
import { hangHook } from "./page-hook.ts";
import { showPuppet } from "./puppet-view.ts";
import type { PuppetView } from "./puppet-view.ts";
import { openTexts } from "./text/texts.ts";

// The puppet alone, for OBS and second screens: /puppet?alpha=1&sound=0&puppet=ID&q=low#token=…

const asked = new URLSearchParams(location.search);
const canvas = document.querySelector("canvas");
document.body.classList.toggle("alpha", asked.get("alpha") === "1");

const note = document.createElement("p");
const admission = new Admission({
  token: takeToken(),
  fetch: window.fetch.bind(window),
  prompt: {
    // No form where nobody types: the sentence says how to come in.
    ask: () => {
      note.textContent = openTexts().say("tokenAddress");
      document.body.append(note);
      return new Promise(() => undefined);
    },
    close: () => undefined,
  },
});
const engine = new PageEngine(
  {
    url: linkUrl(),
    puppet: asked.get("puppet") ?? undefined,
    sound: asked.get("sound") !== "0",
    admitted: admission.enter(),
  },
  {
    message: () => undefined,
    link: (link) => {
      if (link === "lost") void enter();
    },
    audible: () => undefined,
    soundless: () => undefined,
  },
);
const enter = async (): Promise<void> => {
  if (await admission.enter()) engine.reopen();
};
let view: PuppetView | undefined;
hangHook(engine, () => view);
for (const gesture of ["pointerdown", "keydown"])
  window.addEventListener(gesture, () => void engine.unlock());
if (canvas !== null) view = await showPuppet(canvas, engine, asked.get("q"));
