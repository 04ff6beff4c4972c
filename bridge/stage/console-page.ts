import type { ConsoleCommand, ConsoleEvent, Message } from "../wire/messages.ts";
import { openComposer } from "./console/composer.ts";
import { element } from "./console/elements.ts";
import { LatencyPanel } from "./console/latency-panel.ts";
import { openMicrophoneButton } from "./console/microphone-button.ts";
import { Notices } from "./console/notices.ts";
import { drawPlot, drawSkew } from "./console/plot.ts";
import { bindShortcuts } from "./console/shortcuts.ts";
import { StatusStrip } from "./console/status-strip.ts";
import { SubtitleTrack } from "./console/subtitle-track.ts";
import { openTokenForm } from "./console/token-form.ts";
import { Transcript } from "./console/transcript.ts";
import { Admission, takeToken } from "./link/admission.ts";
import type { LinkState } from "./link/link-messages.ts";
import { PageEngine, linkUrl } from "./page-engine.ts";
import { every } from "./page-clock.ts";
import { hangHook } from "./page-hook.ts";
import { showPuppet } from "./puppet-view.ts";
import type { PuppetView } from "./puppet-view.ts";
import { openTexts } from "./text/texts.ts";
import type { TextKey } from "./text/texts.ts";

/** The meters are drawn this often, ms. */
const METERS_MS = 50;
/** Software rendering draws only every so many-th of them. */
const SLOWER = 4;
const SUBTITLE_MS = 40;
/** How many of the newest entries the skew is the median of. */
const SKEW_WINDOW = 30;

const STATES: Readonly<Record<string, TextKey>> = {
  idle: "stateIdle",
  listening: "stateListening",
  thinking: "stateThinking",
  speaking: "stateSpeaking",
};

const asked = new URLSearchParams(location.search);
const texts = openTexts();
const strip = new StatusStrip(element("strip", HTMLElement), texts);
const transcript = new Transcript(element("transcript", HTMLElement), texts);
const notices = new Notices(element("notices", HTMLElement), texts);
const latency = new LatencyPanel(
  { total: element("latency", HTMLElement), list: element("latency-stages", HTMLElement) },
  texts,
);
const subtitles = new SubtitleTrack();
const begin = element("begin", HTMLButtonElement);
const stateLine = element("state", HTMLElement);
let state = "closed";

const showState = (): void => {
  stateLine.dataset["state"] = state;
  stateLine.textContent = texts.say(STATES[state] ?? "stateClosed");
};
texts.whenChanged(showState);

const onEvent = (event: ConsoleEvent): void => {
  switch (event.kind) {
    case "state":
      state = event.state;
      return showState();
    case "user":
      return transcript.user(event.text, event.final);
    case "subtitle":
      return subtitles.add(event);
    case "heard":
      return transcript.heard(event.turn, event.text, event.interrupted);
    case "trouble":
      return notices.show(event.message, event.fault);
    case "latency":
      return latency.set(event.stages);
    case "senses":
      for (const sense of event.senses) strip.set(sense);
  }
};

const onMessage = (message: Message): void => {
  if (message.type === "event") onEvent(message.body);
  else if (message.type === "flush") subtitles.flush(message.turn);
  else if (message.type === "error") notices.show(message.body.message, message.body.fault);
  else if (message.type === "clock")
    strip.set({
      name: "clock",
      status: message.synchronized ? "ready" : "starting",
      detail: texts.say("bound", { bound: (message.bound / 1_000).toFixed(2) }),
    });
};

const onLink = (link: LinkState, reason: string): void => {
  if (link === "open") {
    strip.set({ name: "link", status: "ready", detail: "" });
    state = "idle";
  } else {
    strip.set({ name: "link", status: link === "lost" ? "disconnected" : "starting", detail: reason });
    strip.set({ name: "clock", status: "stopped", detail: "" });
    state = "closed";
    subtitles.clear();
  }
  if (link === "lost") void enter();
  stateLine.title = link === "lost" ? texts.say("lostLink") : "";
  showState();
};

const admission = new Admission({
  token: takeToken(),
  prompt: openTokenForm(texts),
  fetch: window.fetch.bind(window),
});
const engine = new PageEngine(
  { url: linkUrl(), puppet: asked.get("puppet") ?? undefined, sound: true, admitted: admission.enter() },
  {
    message: onMessage,
    link: onLink,
    audible: (audible) => (begin.hidden = audible),
    soundless: () => notices.show(texts.say("soundless"), "device"),
  },
);
/** A daemon that has started again may have locked its door, or forgotten our cookie. */
const enter = async (): Promise<void> => {
  if (await admission.enter()) engine.reopen();
};
const command = (body: ConsoleCommand): void => engine.send({ type: "command", handle: 0, body });

let view: PuppetView | undefined;
hangHook(engine, () => view);

openComposer(texts, command);
const pressMicrophone = openMicrophoneButton(engine, texts, strip);
const interrupt = (): void => command({ kind: "interrupt" });
element("interrupt", HTMLButtonElement).addEventListener("click", interrupt);
// Any gesture unlocks sound; the button says so.
for (const gesture of ["pointerdown", "keydown"])
  window.addEventListener(gesture, () => void engine.unlock());
begin.addEventListener("click", () => void engine.unlock());

const language = element("lang", HTMLButtonElement);
const help = element("shortcuts", HTMLDialogElement);
const switchLanguage = (): void => texts.switchTo(texts.language === "en" ? "zh" : "en");
texts.whenChanged(() => (language.textContent = texts.say("switchLanguageShort")));
language.addEventListener("click", switchLanguage);
element("help", HTMLButtonElement).addEventListener("click", () => help.showModal());
bindShortcuts({
  interrupt,
  microphone: pressMicrophone,
  text: () => element("text", HTMLTextAreaElement).focus(),
  language: switchLanguage,
  help: () => help.showModal(),
});

const heardLine = element("subtitle-heard", HTMLElement);
const pendingLine = element("subtitle-pending", HTMLElement);
every(SUBTITLE_MS, () => {
  const { heard, pending } = subtitles.at(engine.heardPts() ?? 0);
  if (heardLine.textContent !== heard) heardLine.textContent = heard;
  if (pendingLine.textContent !== pending) pendingLine.textContent = pending;
});

let meterStep = 0;
const plot = element("plot", HTMLCanvasElement);
const skewBar = element("skew-bar", HTMLCanvasElement);
const skewReading = element("skew", HTMLElement);
const boundLine = element("clock-bound", HTMLElement);
every(METERS_MS, () => {
  if (document.hidden || (view?.quality === "low" && meterStep++ % SLOWER !== 0)) return;
  const entries = engine.presenter.trace.entries();
  drawPlot(plot, entries);
  const skews = entries
    .slice(-SKEW_WINDOW)
    .map(({ heardPts, presentedPts }) => (heardPts - presentedPts) / 1_000);
  const skew = skews.toSorted((a, b) => a - b)[skews.length >> 1];
  drawSkew(skewBar, skew);
  skewReading.textContent = skew === undefined ? "–" : `${skew.toFixed(1)} ms`;
  const bound = engine.clockBound;
  boundLine.textContent =
    bound === undefined ? "" : texts.say("bound", { bound: (bound / 1_000).toFixed(2) });
});

view = await showPuppet(element("puppet", HTMLCanvasElement), engine, asked.get("q"));
document.body.dataset["quality"] = view?.quality ?? "none";
if (view === undefined) {
  const note = element("scene-note", HTMLElement);
  note.hidden = false;
  texts.whenChanged(() => (note.textContent = texts.say("noScene")));
}
