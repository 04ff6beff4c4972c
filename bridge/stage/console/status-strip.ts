import type { Status, StatusReport } from "../../core/status.ts";
import type { TextKey, Texts } from "../text/texts.ts";

/** The senses every console shows, in this order; others that the daemon reports follow. */
const SENSES = ["microphone", "ears", "mind", "voice", "clock", "link"] as const;

const NAMES: Readonly<Record<string, TextKey>> = {
  microphone: "microphoneShort",
  ears: "ears",
  mind: "mind",
  voice: "voice",
  clock: "clock",
  link: "link",
};

const STATUSES: Readonly<Record<Status, TextKey>> = {
  starting: "statusStarting",
  ready: "statusReady",
  degraded: "statusDegraded",
  disconnected: "statusDisconnected",
  "bad-config": "statusBadConfig",
  stopped: "statusStopped",
};

/** Lamps kept at most; a daemon with more engines than this names them in its own status. */
const MAX_LAMPS = 16;

/** One lamp for each sense and link; its shape says the status too, and its title the detail. */
export class StatusStrip {
  readonly #list: HTMLElement;
  readonly #texts: Texts;
  readonly #reports = new Map<string, StatusReport>();

  constructor(list: HTMLElement, texts: Texts) {
    this.#list = list;
    this.#texts = texts;
    for (const name of SENSES) this.#reports.set(name, { name, status: "stopped", detail: "" });
    texts.whenChanged(() => this.#show());
  }

  set(report: StatusReport): void {
    const known = this.#reports.get(report.name);
    if (known?.status === report.status && known.detail === report.detail) return;
    if (known === undefined && this.#reports.size >= MAX_LAMPS) return;
    this.#reports.set(report.name, report);
    this.#show();
  }

  #show(): void {
    const lamps = [...this.#reports.values()].map(({ name, status, detail }) => {
      const lamp = document.createElement("li");
      const label = NAMES[name];
      const said = this.#texts.say(STATUSES[status] ?? "statusStopped");
      lamp.dataset["status"] = status;
      lamp.dataset["testid"] = `sense-${name}`;
      lamp.textContent = label === undefined ? name : this.#texts.say(label);
      lamp.title = detail === "" ? said : `${said}: ${detail}`;
      lamp.setAttribute("aria-label", `${lamp.textContent}: ${lamp.title}`);
      return lamp;
    });
    this.#list.replaceChildren(...lamps);
  }
}
