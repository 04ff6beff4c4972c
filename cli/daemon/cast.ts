import type { Engine, HeardReport } from "../../bridge/core/engine.ts";
import { BunrakuError } from "../../bridge/core/errors.ts";
import type { PuppetId } from "../../bridge/core/frames.ts";
import type { StatusReport } from "../../bridge/core/status.ts";
import type { Micros } from "../../bridge/core/time.ts";
import type { Link, LinkListener } from "../../bridge/engines/link.ts";
import type { ConsoleCommand } from "../../bridge/wire/messages.ts";
import type { PuppetCommands } from "../../bridge/server/routes.ts";
import type { Puppet } from "./puppet.ts";

/** Roles that render a puppet and play its sound. */
const ENGINE_ROLES: readonly string[] = ["page", "plugin", "headless"];
/** Roles that are shown what happens. */
const CONSOLE_ROLES: readonly string[] = ["page", "console", "headless"];

/** All puppets of a daemon, and who is connected to them. */
export class Cast implements LinkListener {
  readonly #puppets: ReadonlyMap<PuppetId, Puppet>;
  readonly #links = new Set<Link>();
  readonly #senses: () => readonly StatusReport[];

  constructor(options: { puppets: ReadonlyMap<PuppetId, Puppet>; senses: () => readonly StatusReport[] }) {
    this.#puppets = options.puppets;
    this.#senses = options.senses;
  }

  get links(): ReadonlySet<Link> {
    return this.#links;
  }

  /** An engine for every puppet, from now on. */
  addEngine(engine: Engine): void {
    for (const puppet of this.#puppets.values()) puppet.addEngine(engine);
  }

  opened(link: Link): void {
    this.#links.add(link);
    const role = link.hello?.role ?? "console";
    for (const [id, puppet] of this.#puppets) {
      if (CONSOLE_ROLES.includes(role)) puppet.addConsole(link);
      if (ENGINE_ROLES.includes(role)) puppet.addEngine(link);
      if (role === "voice") puppet.addVoice(link);
      link.tell(id, { kind: "senses", senses: this.#senses() });
    }
  }

  /** The link is gone: nobody sends to it or waits for it any more. */
  closed(link: Link): void {
    this.#links.delete(link);
    for (const puppet of this.#puppets.values()) {
      puppet.removeConsole(link);
      puppet.removeEngine(link);
      puppet.removeVoice(link);
    }
  }

  heard(engine: Engine, report: HeardReport): void {
    this.#puppets.get(report.puppet)?.heard(engine, report);
  }

  command(link: Link, puppet: PuppetId, command: ConsoleCommand): void {
    this.#puppets.get(puppet)?.command(link, command);
  }

  voice(link: Link, puppet: PuppetId, sound: { at: Micros; sampleRate: number; pcm: Int16Array }): void {
    this.#puppets.get(puppet)?.voice(link, sound);
  }

  voiceEnded(link: Link, puppet: PuppetId, end: { turn: number; how: "finish" | "flush" }): void {
    this.#puppets.get(puppet)?.voiceEnded(link, end);
  }

  audibleChanged(): void {
    for (const puppet of this.#puppets.values()) puppet.greetIfHeard();
  }

  /** Tells every console how the senses are. */
  tellSenses(): void {
    const senses = this.#senses();
    for (const puppet of this.#puppets.values()) puppet.tell({ kind: "senses", senses });
  }

  /** What HTTP may ask of the puppets. */
  get commands(): PuppetCommands {
    const command = async (puppet: PuppetId | undefined, what: ConsoleCommand): Promise<object> => {
      const [first] = this.#puppets.keys();
      const id = puppet ?? first;
      const found = id === undefined ? undefined : this.#puppets.get(id);
      if (found === undefined)
        throw new BunrakuError(
          "input",
          `There is no puppet "${id}"; there are: ${[...this.#puppets.keys()].join(", ")}`,
        );
      found.command(undefined, what);
      const heard = found.watched;
      return {
        puppet: id,
        accepted: true,
        heard,
        ...(heard ? {} : { note: "no engine with sound is connected" }),
      };
    };
    return {
      say: (puppet, text) => command(puppet, { kind: "say", text }),
      ask: (puppet, text) => command(puppet, { kind: "ask", text }),
      interrupt: (puppet) => command(puppet, { kind: "interrupt" }),
    };
  }
}
