import { BunrakuError, asBunrakuError, reasonOf } from "../../bridge/core/errors.ts";
import type { Heard, Lang, PuppetId, TurnId } from "../../bridge/core/frames.ts";
import type { Log } from "../../bridge/core/log.ts";
import { fromMillis, fromSeconds, plus, type Clock, type Micros } from "../../bridge/core/time.ts";
import type { Link } from "../../bridge/engines/link.ts";
import type { ConsoleEvent, HeardState, SpokenWord } from "../../bridge/wire/messages.ts";
import type { Performance } from "../../inference/dialogue/conversation.ts";
import { AgentSpeech } from "../../inference/inputs/agent-speech.ts";

export interface AgentVoiceOptions {
  readonly puppet: PuppetId;
  readonly lang: Lang;
  readonly clock: Clock;
  readonly log: Log;
  readonly performance: Performance;
  /** Offset up to which a turn was heard; undefined before its first sound. */
  readonly heardUpTo: (turn: TurnId) => Micros | undefined;
  readonly nextTurn: () => TurnId;
  /** Stops what the puppet says of its own; resolves when it is silent. */
  readonly hush: () => Promise<void>;
  /** A turn begins to be spoken, or the last one is over. */
  readonly speaking: (on: boolean) => void;
  readonly tell: (event: ConsoleEvent) => void;
}

/** One turn of a voice; `number` is the voice's own count, 1 and up. */
interface VoiceTurn {
  readonly link: Link;
  readonly number: number;
  readonly speech: AgentSpeech;
  readonly stop: AbortController;
  fedAt: Micros;
}

interface Peer {
  turns: number;
  /** The turn that its sound belongs to, until it says that it is whole. */
  current: VoiceTurn | undefined;
  complained: boolean;
}

/** A voice may be this far ahead in turns; what is beyond is refused. */
const MAX_TURNS = 4;
/** A turn whose voice has fallen silent this long without an end is ended. */
const SILENT = fromSeconds(10);
/** Between two looks at what is heard: soon for the start, ten a second after. */
const START_STEP = fromMillis(20);
const PLAYING_STEP = fromMillis(100);

/**
 * The voices of other agents: what they stream is spoken by the puppet, one turn at a time, and they are told how far
 * it was heard. Whoever speaks last has the mouth: a turn stops what the puppet says of its own, and is stopped by it.
 */
export class AgentVoice {
  readonly #options: AgentVoiceOptions;
  readonly #peers = new Map<Link, Peer>();
  /** Turns that are spoken or wait for it, oldest first. */
  #turns: VoiceTurn[] = [];
  #last: Promise<void> = Promise.resolve();

  constructor(options: AgentVoiceOptions) {
    this.#options = options;
  }

  /** True while some other agent lends its voice: the puppet then leaves answering to it. */
  get attached(): boolean {
    return this.#peers.size > 0;
  }

  add(link: Link): void {
    this.#peers.set(link, { turns: 0, current: undefined, complained: false });
  }

  /** The voice is gone; what it has sent is still spoken. */
  remove(link: Link): void {
    this.#peers.get(link)?.current?.speech.finish();
    this.#peers.delete(link);
  }

  /** Tells every voice what happens. */
  tellVoices(event: ConsoleEvent): void {
    for (const link of this.#peers.keys()) link.tell(this.#options.puppet, event);
  }

  /** Sound of the peer's turn; its first begins one. */
  push(link: Link, sound: { sampleRate: number; pcm: Int16Array }): void {
    const peer = this.#peers.get(link);
    if (peer === undefined) return;
    const turn = (peer.current ??= this.#begin(link, peer));
    // What still comes of a turn that was stopped is dropped until the voice ends it.
    if (turn.stop.signal.aborted) return;
    turn.fedAt = this.#options.clock.now();
    try {
      turn.speech.push(sound);
    } catch (error) {
      if (!peer.complained) link.refuse(asBunrakuError(error, "input"));
      peer.complained = true;
    }
  }

  words(link: Link, words: readonly SpokenWord[]): void {
    const peer = this.#peers.get(link);
    if (peer === undefined) throw new BunrakuError("protocol", "words are for peers of role voice");
    const turn = (peer.current ??= this.#begin(link, peer));
    turn.speech.addWords(words);
  }

  /** The peer's turn is whole, or is to stop with those before it. Throws fault `input` for a turn that it has not begun. */
  end(link: Link, { turn, how }: { turn: number; how: "finish" | "flush" }): void {
    const peer = this.#peers.get(link);
    if (peer === undefined) return;
    const { current } = peer;
    if (turn > peer.turns || (how === "finish" && turn !== current?.number))
      throw new BunrakuError("input", `a ${how} of turn ${turn}, but the newest turn is ${peer.turns}`);
    if (turn === current?.number) {
      peer.current = undefined;
      current.speech.finish();
    }
    if (how === "finish") return;
    const open = this.#turns.filter((other) => other.link === link && other.number <= turn);
    for (const other of open) other.stop.abort(new Error("stopped by its voice"));
    // A turn that is over was answered when it ended; a flush of it is answered all the same.
    if (!open.some(({ number }) => number === turn)) this.#report(link, turn, "flushed", 0 as Micros);
  }

  /** Somebody else speaks: every turn is stopped and the voices are told. */
  interrupt(): void {
    for (const turn of this.#turns) turn.stop.abort(new Error("interrupted"));
  }

  /** Stops everything; resolves when nothing is spoken any more. Never rejects. */
  async close(): Promise<void> {
    this.interrupt();
    await this.#last;
  }

  #begin(link: Link, peer: Peer): VoiceTurn {
    const fedAt = this.#options.clock.now();
    const turn: VoiceTurn = {
      link,
      number: ++peer.turns,
      speech: new AgentSpeech(),
      stop: new AbortController(),
      fedAt,
    };
    peer.complained = false;
    if (this.#turns.length >= MAX_TURNS) {
      turn.stop.abort(new Error("too many turns wait"));
      link.refuse(
        new BunrakuError("input", `${MAX_TURNS} turns wait to be heard; turn ${turn.number} is left out`),
      );
      this.#report(link, turn.number, "flushed", 0 as Micros);
      return turn;
    }
    this.#turns.push(turn);
    this.#last = this.#last.then(() => this.#speak(turn));
    return turn;
  }

  /** Speaks a turn to its end. Never rejects. */
  async #speak(turn: VoiceTurn): Promise<void> {
    const { log, puppet, tell } = this.#options;
    const over = new AbortController();
    const { signal } = turn.stop;
    let outcome: { heard: Heard | undefined; id: TurnId | undefined } = { heard: undefined, id: undefined };
    try {
      outcome = await this.#perform(turn, over.signal);
    } catch (error) {
      log.warn("another agent's turn failed", { error: reasonOf(error) });
      turn.stop.abort(new Error("failed"));
    } finally {
      over.abort(new Error("the turn is over"));
      this.#turns = this.#turns.filter((other) => other !== turn);
      if (this.#turns.length === 0) this.#options.speaking(false);
    }
    const upTo = outcome.heard?.upTo ?? (0 as Micros);
    const text = turn.speech.textUpTo(upTo);
    this.#report(turn.link, turn.number, signal.aborted ? "flushed" : "ended", upTo);
    turn.link.tell(puppet, { kind: "heard", turn: turn.number, text, interrupted: signal.aborted });
    if (upTo > 0 && outcome.id !== undefined)
      tell({ kind: "heard", turn: outcome.id, text, interrupted: signal.aborted });
  }

  async #perform(
    turn: VoiceTurn,
    over: AbortSignal,
  ): Promise<{ heard: Heard | undefined; id: TurnId | undefined }> {
    const { performance, lang, hush, nextTurn, speaking } = this.#options;
    const { signal } = turn.stop;
    let id: TurnId | undefined;
    try {
      signal.throwIfAborted();
      await hush();
      signal.throwIfAborted();
      id = nextTurn();
      const lookAgain = this.#watch(turn, id, over);
      let begun = false;
      for await (const chunk of turn.speech.chunks(id, { lang, signal })) {
        await performance.play(chunk, signal);
        if (!begun) speaking(true);
        begun = true;
      }
      const heard = await performance.finish(id, signal);
      lookAgain(heard.upTo);
      return { heard, id };
    } catch (error) {
      if (!signal.aborted) throw error;
      return { heard: id === undefined ? undefined : await performance.flush(id), id };
    }
  }

  /** Tells the voice that its turn has started and how far it is; ends a turn whose voice forgot to. */
  #watch(turn: VoiceTurn, id: TurnId, over: AbortSignal): (heard: Micros) => void {
    const { clock, heardUpTo } = this.#options;
    let started = false;
    const look = (upTo: Micros | undefined): void => {
      if (upTo === undefined || turn.stop.signal.aborted) return;
      this.#report(turn.link, turn.number, started ? "playing" : "started", upTo);
      started = true;
    };
    const run = async (): Promise<void> => {
      while (!over.aborted) {
        await clock.sleepUntil(plus(clock.now(), started ? PLAYING_STEP : START_STEP), over);
        look(heardUpTo(id));
        if (clock.now() - turn.fedAt > SILENT) turn.speech.finish();
      }
    };
    // It ends with the turn: cancellation is no failure.
    run().catch(() => undefined);
    return (heard) => {
      // A turn shorter than the time between two looks has started all the same.
      if (!started && heard > 0) look(0 as Micros);
    };
  }

  #report(link: Link, turn: number, state: HeardState, upTo: Micros): void {
    link.tellHeard({ puppet: this.#options.puppet, turn: turn as TurnId, state, upTo });
  }
}
