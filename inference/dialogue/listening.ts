import { Channel } from "../../bridge/core/channel.ts";
import { asBunrakuError, isAbort } from "../../bridge/core/errors.ts";
import { EAR_RATE, type Lang } from "../../bridge/core/frames.ts";
import type { Log } from "../../bridge/core/log.ts";
import {
  fromMillis,
  fromSamples,
  fromSeconds,
  minus,
  plus,
  toMillis,
  type Clock,
  type Micros,
} from "../../bridge/core/time.ts";
import { HANGOVER, hangoverFor, type HangoverProfile } from "./endpoint.ts";
import type { Asr } from "./provider.ts";
import type { UserEvent } from "./user-event.ts";
import { UserTurn } from "./user-turn.ts";

/** What the puppet does while it listens. */
export type Attention = "idle" | "thinking" | "speaking";

/** One user's stream of voice windows; `inference/perception/vad` has it. */
export interface VoiceStream {
  push(samples: Float32Array, at: Micros): void;
  attend(attention: Attention): void;
  settle(): void;
  windows(signal: AbortSignal): AsyncIterable<HeardWindow>;
  close(): void;
}

/** A judged piece of sound: `at` is its end, `since` the start of the newest onset. */
export interface HeardWindow {
  readonly at: Micros;
  readonly voice: "silent" | "onset" | "voice" | "fall" | "quiet" | "rise";
  readonly since: Micros;
}

export interface ListeningOptions {
  readonly vad: VoiceStream;
  readonly asr: Asr;
  readonly clock: Clock;
  readonly log: Log;
  readonly lang: Lang;
  /** False where the recogniser is paid per call or slow: then only pauses are transcribed. */
  readonly partials: boolean;
  readonly hangover?: HangoverProfile;
}

/** Sound kept from before an onset: the model confirms a voice later than it begins, and soft first sounds come earlier. */
const PRE_ROLL = fromMillis(300);
/** Pieces of sound kept for the pre-roll: a second of 20 ms pieces covers onset confirmation and a busy VAD. */
const RECENT = fromSeconds(1);
/** A turn that fills this is ended by force. */
const LONGEST = fromSeconds(30);
/** A microphone that delivers nothing for this long is taken as silent, or a turn would never end. */
const STARVED = fromMillis(150);
const SILENCE = new Float32Array(EAR_RATE / 50);
const EVENTS = 256;

interface Piece {
  readonly at: Micros;
  readonly samples: Float32Array;
}

/** Hears one user: finds where a turn begins and ends, and its words. Feed it with `push`, read `events` once. */
export class Listening {
  readonly #options: ListeningOptions;
  readonly #hangover: HangoverProfile;
  readonly #events = new Channel<UserEvent>({ capacity: EVENTS, overflow: "drop-oldest" });
  #recent: Piece[] = [];
  #turn: UserTurn | undefined;
  #fedUntil: Micros = 0 as Micros;
  #fedAt: Micros;

  constructor(options: ListeningOptions) {
    this.#options = options;
    this.#hangover = options.hangover ?? HANGOVER;
    this.#fedAt = options.clock.now();
  }

  /** Mono samples at 16 kHz; `at` is the pts of the first. The samples are kept: hand them over. Never blocks. */
  push(samples: Float32Array, at: Micros): void {
    this.#fedAt = this.#options.clock.now();
    this.#feed(samples, at);
  }

  /** A speaking puppet is interrupted less lightly than an idle one is addressed. */
  attend(attention: Attention): void {
    this.#options.vad.attend(attention);
  }

  /** Everything the user does, until `signal` is aborted or `close`. For one reader; nothing is heard before it reads. */
  async *events(signal: AbortSignal): AsyncGenerator<UserEvent, void, undefined> {
    const stopping = new AbortController();
    const all = AbortSignal.any([signal, stopping.signal]);
    const hearing = Promise.all([this.#hear(all), this.#guard(all)]);
    try {
      yield* this.#events.read(signal);
    } finally {
      stopping.abort();
      this.#turn?.close();
      this.#turn = undefined;
      await hearing;
    }
  }

  close(): void {
    this.#turn?.close();
    this.#turn = undefined;
    this.#recent = [];
    this.#options.vad.close();
    this.#events.close();
  }

  #feed(samples: Float32Array, at: Micros): void {
    this.#fedUntil = plus(at, fromSamples(samples.length, EAR_RATE));
    this.#recent.push({ at, samples });
    while (this.#recent.length > 1 && (this.#recent[0]?.at ?? at) < minus(this.#fedUntil, RECENT))
      this.#recent.shift();
    this.#act(() => this.#turn?.push(samples));
    this.#options.vad.push(samples, at);
  }

  async #hear(signal: AbortSignal): Promise<void> {
    try {
      for await (const window of this.#options.vad.windows(signal)) this.#act(() => this.#judge(window));
    } catch (error) {
      if (!isAbort(error, signal)) this.#fail(error);
    }
  }

  /** Ends turns whose sound stopped coming. */
  async #guard(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    try {
      for (;;) {
        const starvedAt = plus(this.#fedAt, STARVED);
        if (clock.now() < starvedAt || this.#turn === undefined) {
          const next = clock.now() < starvedAt ? starvedAt : plus(clock.now(), STARVED);
          await clock.sleepUntil(next, signal);
          continue;
        }
        this.#feed(SILENCE, this.#fedUntil);
        await clock.sleepUntil(plus(clock.now(), fromSamples(SILENCE.length, EAR_RATE)), signal);
      }
    } catch (error) {
      if (!isAbort(error, signal)) this.#fail(error);
    }
  }

  #judge({ at, voice, since }: HeardWindow): void {
    if (voice === "onset") this.#begin(since);
    const turn = this.#turn;
    if (turn === undefined) return;
    turn.hear(voice, at);
    if (minus(at, turn.since) >= LONGEST) turn.force(at);
    this.#decide(turn);
  }

  #begin(since: Micros): void {
    const { asr, lang, clock, partials } = this.#options;
    const now = clock.now();
    this.#events.offer({ kind: "onset", at: now });
    const turn = new UserTurn(asr.begin(lang), since, {
      clock,
      partials,
      onText: (text, final) => {
        if (!final && text !== "") this.#events.offer({ kind: "partial", at: clock.now(), text });
        this.#act(() => this.#decide(turn));
      },
      onTrouble: (error) => this.#lose(turn, error),
    });
    this.#turn?.close();
    this.#turn = turn;
    const from = minus(since, PRE_ROLL);
    for (const piece of this.#recent) {
      const skip = Math.max(0, Math.round(((from - piece.at) * EAR_RATE) / 1e6));
      if (skip < piece.samples.length) turn.push(piece.samples.subarray(skip));
    }
  }

  /** Ends the turn once its silence is long enough for its words. */
  #decide(turn: UserTurn): void {
    const heard = turn.heard;
    if (heard === undefined || this.#turn !== turn) return;
    const { lang, clock, log, vad } = this.#options;
    const hangover = turn.forced ? (0 as Micros) : hangoverFor(heard.text, lang, this.#hangover);
    if (turn.silence < hangover) return;
    this.#turn = undefined;
    turn.close();
    vad.settle();
    const at = clock.now();
    if (heard.text === "") {
      this.#events.offer({ kind: "nothing", at });
      return;
    }
    const asrMs = toMillis(heard.took);
    const { silence, endOfSpeech } = turn;
    log.debug("user turn", {
      hangoverMs: toMillis(silence),
      asrMs,
      ...(turn.forced && { forced: true }),
      pii: { text: heard.text },
    });
    this.#events.offer({ kind: "turn", at, text: heard.text, endOfSpeech, hangover: silence, asrMs });
  }

  #lose(turn: UserTurn, error: unknown): void {
    if (this.#turn !== turn) return;
    this.#turn = undefined;
    turn.close();
    this.#options.vad.settle();
    this.#fail(error);
    this.#events.offer({ kind: "nothing", at: this.#options.clock.now() });
  }

  #fail(error: unknown): void {
    const trouble = asBunrakuError(error);
    this.#options.log.warn("the ears have trouble", { fault: trouble.fault, reason: trouble.message });
    this.#events.offer({ kind: "trouble", at: this.#options.clock.now(), error: trouble });
  }

  #act(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (this.#turn === undefined) this.#fail(error);
      else this.#lose(this.#turn, error);
    }
  }
}
