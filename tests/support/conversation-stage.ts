import { silentLog } from "../../bridge/core/log.ts";
import type { Heard, Lang, PuppetId, SpeechChunk, TurnId } from "../../bridge/core/frames.ts";
import { orAbort } from "../../bridge/core/stage.ts";
import {
  fromMillis,
  fromSamples,
  minus,
  plus,
  toSamples,
  VirtualClock,
  type Clock,
  type Micros,
} from "../../bridge/core/time.ts";
import {
  Conversation,
  type ConversationEvent,
  type Performance,
  type Speaker,
} from "../../inference/dialogue/conversation.ts";
import type { Persona } from "../../inference/dialogue/llm/persona.options.ts";
import type { Llm, LlmMessage } from "../../inference/dialogue/provider.ts";

/** A mind that answers what it is told to, in virtual time, and keeps what it was asked. */
export class ToldMind implements Llm {
  readonly asked: (readonly LlmMessage[])[] = [];
  readonly #clock: Clock;
  /** Yields pieces; a number waits that many milliseconds; an Error is thrown; "hang" never ends, even when aborted. */
  answers: (user: string) => readonly (string | number | Error | { readonly hang: true })[];

  constructor(clock: Clock, answers: ToldMind["answers"]) {
    this.#clock = clock;
    this.answers = answers;
  }

  async *answer(
    messages: readonly LlmMessage[],
    options: { signal: AbortSignal },
  ): AsyncGenerator<string, void> {
    this.asked.push(messages);
    for (const step of this.answers(messages.at(-1)?.content ?? "")) {
      if (typeof step === "number")
        await this.#clock.sleepUntil(plus(this.#clock.now(), fromMillis(step)), options.signal);
      else if (typeof step === "string") yield step;
      else if (step instanceof Error) throw step;
      else await new Promise(() => undefined);
    }
  }

  status() {
    return { name: "told", status: "ready", detail: "" } as const;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Every letter sounds for this long, every hanzi three times as long. */
export const LETTER = fromMillis(100);

/** A voice at exactly 100 ms a letter and 300 ms a hanzi; a clause ends at a mark. Without phonemes, so that times and characters decide. */
export class EvenVoice implements Speaker {
  readonly #clock: Clock;
  /** Synthesis time of a clause. */
  delay = fromMillis(10);
  /** Throws instead of the clause that holds this text. */
  breaksAt: string | undefined;
  mute = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async *speak(
    turn: TurnId,
    text: AsyncIterable<string>,
    options: { lang: Lang; signal: AbortSignal },
  ): AsyncGenerator<SpeechChunk, void> {
    let clause = 0;
    let offset = 0 as Micros;
    let held = "";
    const clauses = async function* (): AsyncGenerator<string> {
      for await (const piece of text) {
        held += piece;
        for (let cut = held.search(/[.!?;。！？；…\n]/); cut >= 0; cut = held.search(/[.!?;。！？；…\n]/)) {
          yield held.slice(0, cut + 1).trim();
          held = held.slice(cut + 1);
        }
      }
      yield held.trim();
    };
    for await (const words of clauses()) {
      const hanzi = words.match(/\p{Script=Han}/gu)?.length ?? 0;
      const length = ((words.match(/[\p{L}\p{N}]/gu)?.length ?? 0) + 2 * hanzi) * LETTER;
      if (length === 0 || this.mute) continue;
      await this.#clock.sleepUntil(plus(this.#clock.now(), this.delay), options.signal);
      if (this.breaksAt !== undefined && words.includes(this.breaksAt)) throw new Error("the voice broke");
      const pcm = new Float32Array(toSamples(length as Micros, 1_000));
      yield {
        turn,
        clause,
        offset,
        sampleRate: 1_000,
        pcm,
        text: words,
        lang: options.lang,
        phonemes: undefined,
      };
      clause++;
      offset = plus(offset, length as Micros);
    }
  }
}

/** An engine in virtual time: sound starts 60 ms after the first chunk; half a second of room ahead; it counts what is wrong. */
export class EvenStage implements Performance {
  readonly #clock: Clock;
  readonly #turns = new Map<TurnId, { start: Micros; end: Micros; stopped: Micros | undefined }>();
  readonly chunks: SpeechChunk[] = [];
  /** Broken promises of the caller: two turns at once, sound after a flush. */
  readonly wrongs: string[] = [];
  frozen = false;
  flushes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async play(chunk: SpeechChunk, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    for (const [id, other] of this.#turns) {
      if (id !== chunk.turn && other.stopped === undefined && other.end > now)
        this.wrongs.push(`${chunk.turn} over ${id}`);
    }
    const turn = this.#turns.get(chunk.turn) ?? {
      start: plus(now, fromMillis(60)),
      end: now,
      stopped: undefined,
    };
    if (turn.stopped !== undefined) this.wrongs.push(`chunk of ${chunk.turn} after its flush`);
    this.#turns.set(chunk.turn, turn);
    turn.end = plus(plus(turn.start, chunk.offset), fromSamples(chunk.pcm.length, chunk.sampleRate));
    this.chunks.push(chunk);
    if (this.frozen) await orAbort(new Promise(() => undefined), signal);
    await this.#clock.sleepUntil(minus(turn.end, fromMillis(500)), signal);
  }

  async finish(id: TurnId, signal: AbortSignal): Promise<Heard> {
    const turn = this.#turns.get(id);
    if (turn !== undefined) await this.#clock.sleepUntil(turn.end, signal);
    return this.#heard(id);
  }

  async flush(id: TurnId): Promise<Heard> {
    this.flushes++;
    const turn = this.#turns.get(id);
    if (turn !== undefined) turn.stopped ??= this.#clock.now();
    if (this.frozen) await new Promise(() => undefined);
    await this.#clock.sleepUntil(plus(this.#clock.now(), fromMillis(5)), new AbortController().signal);
    return this.#heard(id);
  }

  begins(id: TurnId): Micros | undefined {
    return this.#turns.get(id)?.start;
  }

  #heard(id: TurnId): Heard {
    const turn = this.#turns.get(id);
    if (turn === undefined) return { turn: id, upTo: 0 as Micros, text: "" };
    const upTo = Math.max(0, Math.min(turn.stopped ?? this.#clock.now(), turn.end) - turn.start) as Micros;
    return { turn: id, upTo, text: "" };
  }
}

export const TEST_PERSONA: Persona = {
  version: 1,
  name: { en: "Hana", zh: "小花" },
  system: { en: "You are Hana.", zh: "你是小花。" },
  greeting: { en: ["Hello there."], zh: ["你好呀。"] },
  lines: { trouble: { en: ["Sorry, say it again?"], zh: ["抱歉，请再说一遍。"] } },
  script: {
    topics: { en: ["puppets"], zh: ["木偶"] },
    unknown: { en: ["What?"], zh: ["什么？"] },
    intents: [
      {
        id: "hello",
        alone: false,
        match: { en: ["hello"], zh: ["你好"] },
        answer: { en: ["Hi."], zh: ["嗨。"] },
      },
    ],
  },
};

/** A whole conversation in virtual time. */
export const conversationStage = (
  answers: ToldMind["answers"],
  options: { lang?: Lang; languages?: readonly Lang[] } = {},
) => {
  const clock = new VirtualClock();
  const llm = new ToldMind(clock, answers);
  const voice = new EvenVoice(clock);
  const stage = new EvenStage(clock);
  const events: ConversationEvent[] = [];
  let turn = 0;
  const conversation = new Conversation({
    puppet: "hana" as PuppetId,
    lang: options.lang ?? "en",
    ...(options.languages === undefined ? {} : { languages: options.languages }),
    persona: TEST_PERSONA,
    llm,
    speaker: voice,
    performance: stage,
    clock,
    log: silentLog,
    emit: (event) => events.push(event),
    nextTurn: () => ++turn as TurnId,
  });
  return {
    clock,
    llm,
    voice,
    stage,
    events,
    conversation,
    ms: (span: number) => clock.advance(fromMillis(span)),
    /** The user speaks; the turn is decided now. */
    userSays: (text: string) =>
      conversation.user({
        kind: "turn",
        text,
        endOfSpeech: clock.now(),
        at: clock.now(),
        hangover: 0 as Micros,
        asrMs: 0,
      }),
    onset: () => conversation.user({ kind: "onset", at: clock.now() }),
    nothing: () => conversation.user({ kind: "nothing", at: clock.now() }),
    states: () => events.flatMap((event) => (event.kind === "state" ? [event.state] : [])),
    heard: () => events.flatMap((event) => (event.kind === "heard" ? [event.heard.text] : [])),
    troubles: () => events.flatMap((event) => (event.kind === "trouble" ? [event.fault] : [])),
    /** What the mind was last asked, without the system prompt. */
    memory: () => (llm.asked.at(-1) ?? []).slice(1).map(({ role, content }) => `${role}: ${content}`),
  };
};
