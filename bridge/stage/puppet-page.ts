import { logIn } from "./link/login.ts";
import { PageEngine, linkUrl } from "./page-engine.ts";
import { hangHook } from "./page-hook.ts";
import { showPuppet } from "./puppet-view.ts";
import type { PuppetView } from "./puppet-view.ts";

// The puppet alone, for OBS and second screens: /puppet?alpha=1&sound=0&puppet=ID&q=low

const asked = new URLSearchParams(location.search);
const canvas = document.querySelector("canvas");
document.body.classList.toggle("alpha", asked.get("alpha") === "1");

await logIn();
const engine = new PageEngine(
  { url: linkUrl(), puppet: asked.get("puppet") ?? undefined, sound: asked.get("sound") !== "0" },
  { message: () => undefined, link: () => undefined, audible: () => undefined },
);
let view: PuppetView | undefined;
hangHook(engine, () => view);
for (const gesture of ["pointerdown", "keydown"])
  window.addEventListener(gesture, () => void engine.unlock());
if (canvas !== null) view = await showPuppet(canvas, engine, asked.get("q"));
