import type { Lang } from "../../../bridge/core/frames.ts";
import type { StatusReport } from "../../../bridge/core/status.ts";
import type { Llm, LlmMessage, LlmProvider } from "../provider.ts";
import { matchAt, phraseOf, plain, unitsOf, type Match, type Phrase } from "./phrase.ts";
import { fill, oldestOf, type Values } from "./script-answer.ts";
import { scriptLlmOptions, type ScriptLlmOptions } from "./script.options.ts";
import { sumIn } from "./sum.ts";
import type { Intent, Persona } from "./persona.options.ts";
import { spokenTime } from "./wall-time.ts";

/** The embedded mind: looks for phrases, answers from its character's file, says plainly that it is no language model. */
export const scriptLlm = (persona: Persona): LlmProvider<ScriptLlmOptions> => ({
  id: "script",
  kind: "llm",
  options: scriptLlmOptions,
  capabilities: { languages: ["en", "zh"], offline: true },
  // The time of day is something to talk about, not something to schedule by: it comes from the wall, not the clock.
  create: () => Promise.resolve(new ScriptedMind(persona, () => new Date())),
});

interface Known {
  readonly intent: Intent;
  /** Place of the intent in its file: the earlier of two equals counts. */
  readonly rank: number;
  readonly phrase: Phrase;
}

interface Found {
  readonly intent: Intent;
  /** What followed the phrase, as it was said. */
  readonly rest: string;
}

/** Characters of the user's words that are repeated to them. */
const SAID_MAX = 60;
/** Characters that "repeat after me" repeats. */
const REST_MAX = 300;

/** A given name at the start of a text: one word, or up to four hanzi. */
const USER_NAME = /^(?:\p{Script=Han}{1,4}|\p{L}[\p{L}\p{M}'-]{0,29})/u;

/** Answers are a function of the messages and the wall's time alone: the same conversation is answered the same way. */
export class ScriptedMind implements Llm {
  readonly #persona: Persona;
  /** Phrases by their first unit. */
  readonly #known = new Map<string, Known[]>();
  readonly #wall: () => Date;
  #closed = false;

  constructor(persona: Persona, wall: () => Date) {
    this.#persona = persona;
    this.#wall = wall;
    for (const [rank, intent] of persona.script.intents.entries()) {
      for (const phrase of [...intent.match.en, ...intent.match.zh].map(phraseOf)) {
        const [first] = phrase.keys;
        if (typeof first !== "string") continue;
        const known = this.#known.get(first) ?? [];
        known.push({ intent, rank, phrase });
        this.#known.set(first, known);
      }
    }
  }

  status(): StatusReport {
    return {
      name: "llm script",
      status: this.#closed ? "stopped" : "ready",
      detail: this.#closed ? "" : "scripted answers, no language model",
    };
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  async *answer(
    messages: readonly LlmMessage[],
    options: { lang: Lang; signal: AbortSignal },
  ): AsyncGenerator<string, void, undefined> {
    const { lang, signal } = options;
    for (const piece of piecesOf(this.#reply(messages, lang))) {
      signal.throwIfAborted();
      yield piece;
    }
    signal.throwIfAborted();
  }

  #reply(messages: readonly LlmMessage[], lang: Lang): string {
    const said = messages.findLast((message) => message.role === "user")?.content ?? "";
    const earlier = messages
      .filter((message) => message.role === "assistant")
      .map((message) => message.content);
    const { script } = this.#persona;
    const found = this.#find(said);
    const values = this.#values(messages, { lang, said, rest: found?.rest ?? "" });
    const lines = found === undefined ? script.unknown[lang] : found.intent.answer[lang];
    return fill(oldestOf(lines, { values, earlier }), values);
  }

  /** The intent whose phrase says most; of equals the first. A sum is one without any phrase. */
  #find(said: string): Found | undefined {
    const text = plain(said).slice(0, 2_000);
    const units = unitsOf(text);
    const sum = this.#persona.script.intents.find((intent) => intent.id === "sum");
    if (sum !== undefined && sumIn(text) !== undefined) return { intent: sum, rest: "" };
    let best: (Known & { readonly match: Match }) | undefined;
    for (const [at, unit] of units.entries()) {
      for (const known of this.#known.get(unit.key) ?? []) {
        if (best !== undefined && !above(known, best)) continue;
        const match = matchAt(known.phrase, units, at);
        if (match === undefined || (known.intent.alone && match.units * 2 < units.length)) continue;
        best = { ...known, match };
      }
    }
    if (best === undefined) return undefined;
    return { intent: best.intent, rest: restOf(text.slice(best.match.end)) };
  }

  #values(messages: readonly LlmMessage[], about: { lang: Lang; said: string; rest: string }): Values {
    const { lang, said, rest } = about;
    const topics = this.#persona.script.topics[lang];
    const questions = messages.filter((message) => message.role === "user").length;
    const last = messages.findLast((message) => message.role === "assistant")?.content;
    const result = sumIn(said)?.value;
    return {
      name: this.#persona.name[lang],
      ...spokenTime(this.#wall(), lang),
      topic: topics[(questions - 1) % topics.length],
      said: shorten(said, SAID_MAX),
      rest: rest === "" ? undefined : shorten(rest, REST_MAX),
      result: result === undefined ? undefined : spokenNumber(result, lang),
      last: last?.replace(/[ —]*\[(?:interrupted|被打断)\]/gu, ""),
      user: this.#userName(messages),
    };
  }

  /** The name the user last gave. */
  #userName(messages: readonly LlmMessage[]): string | undefined {
    for (const { role, content } of messages.toReversed()) {
      if (role !== "user") continue;
      const found = this.#find(content);
      const name = found?.intent.id === "user-name" ? USER_NAME.exec(found.rest)?.[0] : undefined;
      if (name !== undefined) return name;
    }
    return undefined;
  }
}

/** True where `one` says more than `other`, or as much and stands before it. */
const above = (one: Known, other: Known): boolean =>
  one.phrase.weight === other.phrase.weight ? one.rank < other.rank : one.phrase.weight > other.phrase.weight;

/** What stands behind a phrase, without the marks around it. */
const restOf = (text: string): string => text.replace(/^[\s\p{P}]+|[\s\p{P}]+$/gu, "");

const shorten = (text: string, length: number): string | undefined => {
  const whole = restOf(text.replace(/\s+/g, " "));
  if (whole === "") return undefined;
  return whole.length <= length ? whole : whole.slice(0, length).replace(/\s+\S*$/, "");
};

const spokenNumber = (value: number, lang: Lang): string =>
  value < 0 ? `${lang === "zh" ? "负" : "minus "}${-value}` : String(value);

/** A few pieces, as a language model would send them. */
const piecesOf = (text: string): string[] =>
  text.match(/[^，。！？；：,.!?;:]*[，。！？；：,.!?;:]+\s*|[^，。！？；：,.!?;:]+$/gu) ?? [];
