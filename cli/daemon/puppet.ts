import type { Engine, HeardReport } from "../../bridge/core/engine.ts";
import { FACE_CURVES } from "../../bridge/core/arkit.ts";
import { reasonOf } from "../../bridge/core/errors.ts";
import type { Lang, PuppetId, SubjectStatic, TurnId } from "../../bridge/core/frames.ts";
import type { Log } from "../../bridge/core/log.ts";
import type { Metrics } from "../../bridge/core/metrics.ts";
import { LIFE_BONES, SKELETON } from "../../bridge/core/skeleton.ts";
import { toMillis, type Clock, type Micros } from "../../bridge/core/time.ts";
import type { Link } from "../../bridge/engines/link.ts";
import { Playout } from "../../bridge/sync/playout.ts";
import type { ConsoleCommand, ConsoleEvent } from "../../bridge/wire/messages.ts";
import { Performer } from "../../inference/animation/performer.ts";
import {
  Conversation,
  type ConversationEvent,
  type ConversationState,
} from "../../inference/dialogue/conversation.ts";
import type { Persona } from "../../inference/dialogue/llm/persona.options.ts";
import type { Llm } from "../../inference/dialogue/provider.ts";
import type { Voice } from "../../inference/dialogue/voice.ts";
import type { UserEvent } from "../../inference/dialogue/user-event.ts";
import { AgentVoice } from "./agent-voice.ts";
import { Ears, type EarsOptions } from "./ears.ts";
import { StagePerformance } from "./performance.ts";

export interface PuppetOptions {
  readonly puppet: PuppetId;
  readonly subject: string;
  readonly seed: number;
  readonly lang: Lang;
  readonly persona: Persona;
  readonly llm: Llm;
  readonly voice: Voice;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly delay: Micros;
  readonly ears: EarsOptions["hearing"];
}

/** One performer, put together: a mind and a voice, a face with life, a playout, and whoever watches and listens. */
export class Puppet {
  readonly static: SubjectStatic;
  readonly #options: PuppetOptions;
  readonly #playout: Playout;
  readonly #performer: Performer;
  readonly #conversation: Conversation;
  readonly #ears: Ears;
  readonly #agentVoice: AgentVoice;
  readonly #consoles = new Set<Link>();
  readonly #engines = new Set<Engine>();
  #turn = 0;
  #greeted = false;
  /** What its own mind does; another agent's voice speaks beside it. */
  #mind: ConversationState = "idle";
  #lent = false;
  #state: ConversationState = "idle";

  constructor(options: PuppetOptions) {
    const { puppet, seed, clock, log, metrics, delay } = options;
    this.#options = options;
    this.static = subjectStatic(puppet, options.subject);
    this.#performer = new Performer({ puppet, seed });
    this.#playout = new Playout({ puppet, clock, log, metrics, delay, poses: this.#performer });
    const performance = new StagePerformance({
      clock,
      playout: this.#playout,
      performer: this.#performer,
      tell: (event) => this.tell(event),
    });
    this.#conversation = new Conversation({
      puppet,
      lang: options.lang,
      persona: options.persona,
      llm: options.llm,
      speaker: options.voice,
      performance,
      clock,
      log,
      emit: (event) => this.#emit(event),
      nextTurn: () => {
        this.#agentVoice.interrupt();
        return ++this.#turn as TurnId;
      },
    });
    this.#agentVoice = new AgentVoice({
      puppet,
      lang: options.lang,
      clock,
      log,
      performance,
      heardUpTo: (turn) => this.#playout.heardUpTo(turn),
      nextTurn: () => ++this.#turn as TurnId,
      hush: () => this.#conversation.interrupt(),
      speaking: (on) => {
        this.#lent = on;
        this.#showState();
      },
      tell: (event) => this.tell(event),
    });
    this.#ears = new Ears({
      clock,
      log,
      hearing: options.ears,
      heard: (event) => this.#hear(event),
      tell: (event) => this.tell(event),
    });
  }

  /** Runs until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#playout.run(signal), this.#ears.run(signal)]);
    await Promise.all([this.#agentVoice.close(), this.#conversation.close()]);
  }

  get state(): string {
    return this.#state;
  }

  /** True where some engine plays its sound. */
  get watched(): boolean {
    return [...this.#engines].some((engine) => engine.audible());
  }

  addEngine(engine: Engine): void {
    engine.describe(this.static);
    this.#engines.add(engine);
    this.#playout.addEngine(engine);
    this.greetIfHeard();
  }

  removeEngine(engine: Engine): void {
    this.#engines.delete(engine);
    this.#playout.removeEngine(engine);
  }

  addConsole(link: Link): void {
    this.#consoles.add(link);
    link.tell(this.#options.puppet, { kind: "state", state: this.#state });
  }

  removeConsole(link: Link): void {
    this.#consoles.delete(link);
    this.#ears.release(link);
  }

  /** The first time somebody can hear it, the puppet greets. */
  greetIfHeard(): void {
    if (this.#greeted || !this.watched || this.#agentVoice.attached) return;
    this.#greeted = true;
    this.#conversation.greet();
  }

  heard(engine: Engine, report: HeardReport): void {
    this.#playout.report(engine, report);
  }

  command(link: Link | undefined, command: ConsoleCommand): void {
    switch (command.kind) {
      case "ask":
        return this.#conversation.ask(command.text);
      case "say":
        return this.#conversation.say(command.text);
      case "interrupt":
        this.#conversation.interrupt().catch((error: unknown) => {
          this.#options.log.error("an interrupt failed", { error: reasonOf(error) });
        });
        return;
      case "microphone":
        if (link !== undefined) this.#ears.claim(link, command.on);
        return;
      case "words":
        if (link !== undefined) this.#agentVoice.words(link, command.words);
    }
  }

  voice(link: Link, sound: { at: Micros; sampleRate: number; pcm: Int16Array }): void {
    if (link.hello?.role === "voice") this.#agentVoice.push(link, sound);
    else this.#ears.push(link, sound);
  }

  /** Another agent lends its voice from now on. */
  addVoice(link: Link): void {
    this.#agentVoice.add(link);
    link.tell(this.#options.puppet, { kind: "state", state: this.#state });
  }

  removeVoice(link: Link): void {
    this.#agentVoice.remove(link);
  }

  voiceEnded(link: Link, end: { turn: number; how: "finish" | "flush" }): void {
    this.#agentVoice.end(link, end);
  }

  tell(event: ConsoleEvent): void {
    for (const link of this.#consoles) link.tell(this.#options.puppet, event);
  }

  /** A user's voice stops whoever speaks. Where another agent lends its voice, answering is left to it. */
  #hear(event: UserEvent): void {
    if (event.kind === "onset") this.#agentVoice.interrupt();
    if (!this.#agentVoice.attached) return this.#conversation.user(event);
    if (event.kind === "partial" || event.kind === "turn") {
      const said: ConsoleEvent = { kind: "user", text: clip(event.text), final: event.kind === "turn" };
      this.#agentVoice.tellVoices(said);
      this.tell(said);
    }
    if (event.kind === "turn") this.#conversation.user({ kind: "nothing", at: event.at });
    else if (event.kind !== "partial") this.#conversation.user(event);
  }

  #showState(): void {
    const state = this.#lent ? "speaking" : this.#mind;
    if (state === this.#state) return;
    this.#state = state;
    this.#performer.attend(state, this.#options.clock.now());
    this.#ears.attend(state);
    this.#agentVoice.tellVoices({ kind: "state", state });
    this.tell({ kind: "state", state });
  }

  #emit(event: ConversationEvent): void {
    const { metrics } = this.#options;
    switch (event.kind) {
      case "state":
        this.#mind = event.state;
        return this.#showState();
      case "user":
        return this.tell({ kind: "user", text: clip(event.text), final: event.final });
      case "heard":
        return this.tell({
          kind: "heard",
          turn: event.heard.turn,
          text: clip(event.heard.text),
          interrupted: event.interrupted,
        });
      case "latency": {
        metrics.observe(
          "bunraku_reply_ms",
          "end of the user's speech to the first placed sound",
          toMillis(event.total),
        );
        return this.tell({ kind: "latency", turn: event.turn, stages: inMillis(event.stages) });
      }
      case "trouble":
        return this.tell({ kind: "trouble", fault: event.fault, message: event.message.slice(0, 1_000) });
      default:
    }
  }
}

/** Consoles count in milliseconds. */
const inMillis = (stages: Readonly<Record<string, Micros>>): Record<string, number> =>
  Object.fromEntries(Object.entries(stages).map(([name, span]) => [name, toMillis(span)]));

/** Text that is sure to fit a control message. */
const clip = (text: string): string => (text.length > 4_000 ? `${text.slice(0, 4_000)}…` : text);

/** The face's 61 curves and the bones that life moves; each bone's parent is its nearest listed ancestor. */
const subjectStatic = (puppet: PuppetId, subject: string): SubjectStatic => {
  const parents = new Map<string, string | undefined>(SKELETON.map(([name, parent]) => [name, parent]));
  const listed: readonly string[] = LIFE_BONES;
  const bones = listed.map((name) => {
    let parent = parents.get(name);
    while (parent !== undefined && !listed.includes(parent)) parent = parents.get(parent);
    return { name, parent: parent === undefined ? -1 : listed.indexOf(parent) };
  });
  return { puppet, subject, curves: FACE_CURVES, bones };
};
