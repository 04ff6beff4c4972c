import type { SystemClock } from "../../bridge/core/time.ts";
import { HeadlessEngine } from "../../bridge/engines/headless.ts";
import type { HeadlessEvent } from "../../bridge/engines/headless-events.ts";
import { headlessOptions } from "../../bridge/engines/headless.options.ts";
import type { ConsoleEvent } from "../../bridge/wire/messages.ts";
import { Story, withinSeconds } from "./story.ts";

type Told<K extends ConsoleEvent["kind"]> = Extract<ConsoleEvent, { kind: K }>;
type Played = Extract<HeadlessEvent, { kind: "started" | "playing" | "ended" | "flushed" }>;

/** A headless engine that watches a daemon, hears it, speaks to it, and remembers what happened. */
export class Spectator {
  readonly engine: HeadlessEngine;
  readonly story = new Story<HeadlessEvent>();
  readonly #stop = new AbortController();
  readonly #run: Promise<void>;

  constructor(options: { url: string; truth: SystemClock; engine?: { audible?: boolean; name?: string } }) {
    this.engine = new HeadlessEngine({
      ...headlessOptions.parse({ url: options.url, ...options.engine }),
      truth: options.truth,
    });
    this.#run = this.engine.run(this.#stop.signal);
    this.#run.catch(() => undefined);
    void this.#remember();
  }

  get mark(): number {
    return this.story.mark;
  }

  /** Resolves when the clock of the daemon is known: from then on it presents. */
  async ready(): Promise<this> {
    await this.story.find("a known clock", (event) => (event.kind === "synchronized" ? event : undefined));
    return this;
  }

  ask(text: string): void {
    this.engine.command({ kind: "ask", text });
  }

  say(text: string): void {
    this.engine.command({ kind: "say", text });
  }

  /** Speaks a wav file into the daemon. */
  play(wav: Uint8Array): void {
    this.engine.play(wav, this.#stop.signal);
  }

  /** The first console event of a kind from `from` on that matches. */
  told<K extends ConsoleEvent["kind"]>(
    kind: K,
    options: { from?: number; puppet?: string; where?: (event: Told<K>) => boolean; seconds?: number } = {},
  ): Promise<Told<K>> {
    const { from, puppet, where = () => true, seconds } = options;
    return this.story.find(
      `a "${kind}" event`,
      (event) => {
        if (event.kind !== "event" || (puppet !== undefined && event.puppet !== puppet)) return undefined;
        const body = event.body as ConsoleEvent;
        return body.kind === kind && where(body as Told<K>) ? (body as Told<K>) : undefined;
      },
      { ...(from === undefined ? {} : { from }), ...(seconds === undefined ? {} : { seconds }) },
    );
  }

  /** The first report of that state from `from` on, of `turn` where one is named. */
  played(
    state: Played["kind"],
    options: { from?: number; turn?: number; puppet?: string } = {},
  ): Promise<Played> {
    const { from = 0, turn, puppet } = options;
    return this.story.find(
      `a turn that has ${state}`,
      (event) =>
        event.kind === state &&
        (turn === undefined || event.turn === turn) &&
        (puppet === undefined || event.puppet === puppet)
          ? event
          : undefined,
      { from },
    );
  }

  /** Console events of a kind so far. */
  events<K extends ConsoleEvent["kind"]>(kind: K, from = 0): Told<K>[] {
    return this.story.all.slice(from).flatMap((event) => {
      const body = event.kind === "event" ? (event.body as ConsoleEvent) : undefined;
      return body?.kind === kind ? [body as Told<K>] : [];
    });
  }

  /** Everything that was said in a turn so far, as its subtitles. */
  said(turn: number): string {
    return joined(this.clauses(turn).map(({ text }) => text));
  }

  /** The clauses of a turn so far; one that was told again has replaced itself. */
  clauses(turn: number): Told<"subtitle">[] {
    const byClause = new Map<number, Told<"subtitle">>();
    for (const event of this.events("subtitle")) if (event.turn === turn) byClause.set(event.clause, event);
    return [...byClause.values()];
  }

  /** Waits until a turn of after `from` has been heard to its end; returns it with its words. */
  async answer(from: number): Promise<{ turn: number; text: string }> {
    const { turn } = await this.played("started", { from });
    await this.played("ended", { from, turn });
    return { turn, text: this.said(turn) };
  }

  /** Goes, with a goodbye, and waits until it is gone. */
  async leave(): Promise<void> {
    this.#stop.abort(new Error("the spectator leaves"));
    await withinSeconds(
      "an engine to leave",
      this.#run.catch(() => undefined),
    );
  }

  async #remember(): Promise<void> {
    for await (const event of this.engine.events) this.story.add(event);
  }
}

/** Clauses as one text, without the spaces that Mandarin does not have. */
const joined = (parts: readonly string[]): string =>
  parts
    .reduce((text, part) => {
      if (text === "") return part.trim();
      return /[\p{Script=Han}，。！？；：、…]$/u.test(text) ? text + part.trim() : `${text} ${part.trim()}`;
    }, "")
    .trim();
