import { reasonOf } from "../../core/errors.ts";
import type { PageEngine } from "../page-engine.ts";
import { microphoneAllowed } from "../sound/microphone.ts";
import type { Microphone } from "../sound/microphone.ts";
import type { Texts } from "../text/texts.ts";
import type { StatusStrip } from "./status-strip.ts";
import { element } from "./elements.ts";

/** Lowest level shown, dB: the meter is logarithmic, as ears are. */
const FLOOR_DB = -60;

/** The microphone button: opens and closes it, shows its level, and says why it cannot. Returns what a press does. */
export const openMicrophoneButton = (engine: PageEngine, texts: Texts, strip: StatusStrip): (() => void) => {
  const button = element("microphone", HTMLButtonElement);
  const meter = element("microphone-level", HTMLMeterElement);
  const hint = element("microphone-hint", HTMLElement);
  let microphone: Microphone | undefined;
  let opening = false;
  let refusal: string | undefined;

  const explain = (): void => {
    hint.hidden = refusal === undefined && microphoneAllowed();
    if (refusal !== undefined) hint.textContent = texts.say("microphoneRefused", { reason: refusal });
    else if (!microphoneAllowed()) hint.textContent = texts.say("microphoneInsecure");
    button.disabled = !microphoneAllowed();
  };
  texts.whenChanged(explain);

  const show = (open: boolean): void => {
    button.setAttribute("aria-pressed", String(open));
    strip.set({ name: "microphone", status: open ? "ready" : "stopped", detail: "" });
    engine.send({ type: "command", handle: 0, body: { kind: "microphone", on: open } });
    explain();
  };

  const press = async (): Promise<void> => {
    if (opening || !microphoneAllowed()) return;
    refusal = undefined;
    if (microphone !== undefined) {
      microphone.close();
      microphone = undefined;
      return show(false);
    }
    opening = true;
    strip.set({ name: "microphone", status: "starting", detail: "" });
    try {
      microphone = await engine.listen((rms) => {
        meter.value = rms <= 0 ? 0 : Math.max(0, 1 - (20 * Math.log10(rms)) / FLOOR_DB);
      });
      show(true);
    } catch (error) {
      refusal = reasonOf(error);
      explain();
      strip.set({ name: "microphone", status: "degraded", detail: refusal });
    } finally {
      opening = false;
    }
  };
  button.addEventListener("click", () => void press());
  return () => void press();
};
