import { asBunrakuError, BunrakuError, reasonOf } from "../../bridge/core/errors.ts";
import type { Lang, PuppetId, TurnId } from "../../bridge/core/frames.ts";
import type { Log } from "../../bridge/core/log.ts";
import { fromSeconds, type Clock } from "../../bridge/core/time.ts";
import { Agenda, SAYS_MAX, type Asked, type Job } from "./agenda.ts";
import { Apologies } from "./apologies.ts";
import type { ConversationEvent, ConversationState, Performance, Speaker } from "./conversation-ports.ts";
import { pull, within } from "./deadline.ts";
import type { Persona } from "./llm/persona.options.ts";
import { Memory } from "./memory.ts";
import type { Llm, LlmMessage } from "./provider.ts";
import { replyLang } from "./reply-lang.ts";
import { turnLatency } from "./turn-latency.ts";
import { AgentTurn, type TurnOutcome } from "./turns.ts";
import type { UserEvent } from "./user-event.ts";

export type { ConversationEvent, ConversationState, Performance, Speaker } from "./conversation-ports.ts";

/** Longest text taken at once, in characters. */
const TEXT_MAX = 2_000;
/** Characters of one answer; a model that never ends is cut here. */
const ANSWER_MAX = 8_000;
/** Longest wait for a mind, above the waits of every provider: the last net under a provider that forgot its own. */
const MIND = { first: fromSeconds(45), next: fromSeconds(20) } as const;
/** Longest wait for a turn to settle when the conversation closes. Above the turn's own wait for a flush (2 s). */
const CLOSING = fromSeconds(3);

export interface ConversationOptions {
  readonly puppet: PuppetId;
  /** The puppet's own language: greeting, and answers to text without words. */
  readonly lang: Lang;
  /** Languages it may answer in; both where absent. */
  readonly languages?: readonly Lang[];
  readonly persona: Persona;
  readonly llm: Llm;
  readonly speaker: Speaker;
  readonly performance: Performance;
  readonly clock: Clock;
  readonly log: Log;
  readonly emit: (event: ConversationEvent) => void;
  readonly nextTurn: () => TurnId;
}

/**
 * Who speaks when. One turn at a time: a turn that is stopped is flushed and remembered before the next begins.
 * Any onset of the user's voice stops the puppet, a "mm-hm" too: stopping wrongly costs a sentence, talking over a
 * user costs trust, and words are not known for another 300 ms.
 */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #memory: Memory;
  #turn: AgentTurn | undefined;
  /** The run of the current turn; never rejects. */
  #running: Promise<void> = Promise.resolve();
  #busy = false;
  #closed = false;
  #state: ConversationState = "idle";
  #hearing = false;
  readonly #agenda = new Agenda();
  readonly #apologies: Apologies;
  #mindFailedIn: TurnId | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#memory = new Memory({ system: options.persona.system });
    this.#apologies = new Apologies({ clock: options.clock, lines: options.persona.lines.trouble });
  }

  get state(): ConversationState {
    return this.#state;
  }

  /** Says the greeting, unless something is going on already. */
  greet(): void {
    if (this.#closed || this.#busy || this.#hearing) return;
    const { lang, persona } = this.#options;
    this.#agenda.say(persona.greeting[lang][0] ?? persona.name[lang], lang);
    this.#kick();
  }

  /** Answers typed text; whatever is being said is stopped first. */
  ask(text: string): void {
    const now = this.#options.clock.now();
    const words = this.#limited(text);
    if (!this.#closed && words !== "") this.#hear(words, { endOfSpeech: now, decided: now, asked: now });
  }

  /** Speaks a line as it is, after what is being said and after the user. */
  say(text: string): void {
    const line = this.#limited(text);
    if (this.#closed || line === "") return;
    if (!this.#agenda.say(line, this.#langOf(line))) {
      this.#trouble(
        new BunrakuError("input", `${SAYS_MAX} lines are waiting to be said already; this one is left out.`),
      );
    }
    this.#kick();
  }

  /** Stops the puppet and forgets what waits to be said; resolves when it is silent. */
  async interrupt(): Promise<void> {
    this.#agenda.clear();
    this.#turn?.interrupt("operator");
    this.#showState();
    await this.#running;
  }

  /** What the ears report. */
  user(event: UserEvent): void {
    if (this.#closed) return;
    switch (event.kind) {
      case "onset":
        this.#hearing = true;
        this.#turn?.interrupt("user");
        break;
      case "partial":
        if (event.text.trim() !== "")
          this.#options.emit({ kind: "user", text: event.text.trim(), final: false });
        break;
      case "turn": {
        this.#hearing = false;
        const asked = { endOfSpeech: event.endOfSpeech, decided: event.at, asked: this.#options.clock.now() };
        const words = event.text.trim().slice(0, TEXT_MAX);
        if (words !== "") return this.#hear(words, asked);
        break;
      }
      case "nothing":
        this.#hearing = false;
        break;
      case "trouble":
        this.#trouble(event.error);
        // Somebody spoke and was not understood: silence would look like a dead puppet.
        if (this.#hearing) this.#apologize(this.#options.lang);
        this.#hearing = false;
    }
    this.#kick();
  }

  /** Stops everything. Nothing is emitted after this call. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#agenda.clear();
    this.#turn?.interrupt("close");
    const { clock } = this.#options;
    const late = (): Error => new Error("the last turn does not settle");
    await within(this.#running, { clock, signal: NEVER, span: CLOSING, late }).catch((error: unknown) => {
      this.#options.log.warn("conversation closed late", { error: reasonOf(error) });
    });
  }

  #hear(text: string, asked: Asked): void {
    this.#options.emit({ kind: "user", text, final: true });
    this.#turn?.interrupt("text");
    this.#agenda.hear(text, { lang: this.#langOf(text), asked });
    this.#kick();
  }

  #kick(): void {
    if (this.#busy || this.#closed) return this.#showState();
    this.#busy = true;
    this.#work().catch((error: unknown) => {
      this.#busy = false;
      this.#options.log.error("conversation failed", { error: reasonOf(error) });
    });
  }

  /** Takes one job after the other until there is none. */
  async #work(): Promise<void> {
    for (;;) {
      const job = this.#closed ? undefined : this.#agenda.next({ hearing: this.#hearing });
      if (job === undefined) {
        this.#busy = false;
        return this.#showState();
      }
      this.#running = this.#perform(job);
      await this.#running;
    }
  }

  async #perform(job: Job): Promise<void> {
    const options = this.#options;
    if (job.kind === "answer") this.#memory.user(job.words);
    const turn = new AgentTurn({
      id: options.nextTurn(),
      lang: job.lang,
      speaker: options.speaker,
      performance: options.performance,
      clock: options.clock,
      log: options.log,
      said: (chunk) => {
        if (chunk.text !== "") this.#emit({ kind: "agent", turn: chunk.turn, text: chunk.text });
      },
      speaking: () => {
        this.#showState();
        if (job.kind === "answer") this.#showLatency(turn, job.asked);
      },
    });
    this.#turn = turn;
    this.#showState();
    const text = job.kind === "answer" ? this.#answer(turn, this.#memory.messages(job.lang)) : only(job.text);
    const outcome = await turn.perform(text);
    this.#turn = undefined;
    this.#remember(job, { turn, outcome });
  }

  #remember(job: Job, ended: { turn: AgentTurn; outcome: TurnOutcome }): void {
    const { turn, outcome } = ended;
    const { heard, interrupted } = outcome;
    this.#memory.agent(heard.text, { lang: job.lang, interrupted });
    if (heard.upTo > 0) this.#emit({ kind: "heard", heard, interrupted });
    if (job.kind === "answer" && heard.text === "" && turn.interrupter === "user")
      this.#agenda.resume({ ...job, words: "" });
    const { error } = outcome;
    const answered = job.kind === "answer" && this.#mindFailedIn !== turn.id && heard.upTo > 0;
    if (answered && error === undefined) this.#apologies.succeeded();
    if (error === undefined || turn.interrupter !== undefined) return;
    this.#trouble(error);
    // Once: an apology that fails as well is not followed by another.
    if (job.kind !== "apology") this.#apologize(job.lang);
  }

  /** The mind's answer; where it fails, the apology takes its place in the same breath. */
  async *#answer(turn: AgentTurn, messages: readonly LlmMessage[]): AsyncGenerator<string, void, undefined> {
    const { llm, clock } = this.#options;
    const { lang, signal } = turn;
    let length = 0;
    try {
      const late = (): Error => new BunrakuError("unreachable", "The language model has fallen silent.");
      const pieces = pull(llm.answer(messages, { lang, signal }), { clock, signal, ...MIND, late });
      for await (const piece of pieces) {
        length += piece.trim().length;
        yield piece;
        if (length >= ANSWER_MAX) return;
      }
    } catch (error) {
      signal.throwIfAborted();
      this.#mindFailedIn = turn.id;
      if (length > 0) yield "…\n";
      const apology = this.#apologies.next(lang);
      // Without an apology the turn ends as one that failed: that is where its trouble is told.
      if (apology === undefined) throw error;
      this.#trouble(asBunrakuError(error));
      yield apology;
    }
  }

  #apologize(lang: Lang): void {
    const apology = this.#apologies.next(lang);
    if (apology !== undefined) this.#agenda.apologize(apology, lang);
  }

  #showLatency(turn: AgentTurn, asked: Asked): void {
    const { clock, performance } = this.#options;
    const heard = performance.begins(turn.id) ?? clock.now();
    this.#emit(turnLatency(turn.id, { asked, marks: turn.marks, heard }));
  }

  #langOf(text: string): Lang {
    return replyLang(text, { base: this.#options.lang, languages: this.#options.languages ?? ["en", "zh"] });
  }

  /** Text without what is beyond the limit; the user is told. */
  #limited(text: string): string {
    const whole = text.trim();
    if (whole.length <= TEXT_MAX) return whole;
    this.#trouble(new BunrakuError("input", `Only the first ${TEXT_MAX} characters of a text are taken.`));
    return whole.slice(0, TEXT_MAX).trim();
  }

  #trouble(error: BunrakuError): void {
    this.#options.log.warn("trouble", { puppet: this.#options.puppet, fault: error.fault });
    this.#emit({ kind: "trouble", fault: error.fault, message: error.message });
  }

  #showState(): void {
    const state = this.#stateNow();
    if (state === this.#state) return;
    this.#state = state;
    this.#emit({ kind: "state", state });
  }

  #stateNow(): ConversationState {
    const turn = this.#turn?.interrupter === undefined ? this.#turn : undefined;
    if (turn !== undefined) return turn.speaking ? "speaking" : "thinking";
    if (this.#agenda.asked) return "thinking";
    return this.#hearing ? "listening" : "idle";
  }

  #emit(event: ConversationEvent): void {
    if (!this.#closed) this.#options.emit(event);
  }
}

const NEVER = new AbortController().signal;

async function* only(text: string): AsyncGenerator<string, void, undefined> {
  yield text;
}
