import type { Engine, HeardReport } from "../core/engine.ts";
import { BunrakuError, asBunrakuError, isAbort, reasonOf } from "../core/errors.ts";
import type { AnimationFrame, AudioChunk, Lang, PuppetId, SubjectStatic, TurnId } from "../core/frames.ts";
import type { LinkSocket } from "../core/link-socket.ts";
import type { Log } from "../core/log.ts";
import type { StatusReport } from "../core/status.ts";
import { fromMillis, type Clock, type Micros } from "../core/time.ts";
import { toDaemon } from "../sync/clock-map.ts";
import { decode } from "../wire/decode.ts";
import { encode } from "../wire/encode.ts";
import {
  PROTOCOL_MINOR,
  type ConsoleCommand,
  type ConsoleEvent,
  type EngineReport,
  type Hello,
  type Message,
} from "../wire/messages.ts";
import { Prober } from "./prober.ts";

/** What a link passes on to whoever runs the puppets. */
export interface LinkListener {
  /** The peer introduced itself and may be sent to. */
  opened(link: Link): void;
  heard(link: Link, report: HeardReport): void;
  command(link: Link, puppet: PuppetId, command: ConsoleCommand): void;
  /** Sound from the peer; `at` is on the daemon's clock. */
  voice(link: Link, puppet: PuppetId, sound: { at: Micros; sampleRate: number; pcm: Int16Array }): void;
  /** A voice says that its turn is whole, or that it is to stop; `turn` is the peer's own number. */
  voiceEnded(link: Link, puppet: PuppetId, end: { turn: number; how: "finish" | "flush" }): void;
  /** The peer may make sound now, or no more. */
  audibleChanged(link: Link): void;
}

export interface LinkOptions {
  readonly socket: LinkSocket;
  readonly clock: Clock;
  readonly log: Log;
  /** 16 hex digits. */
  readonly session: string;
  readonly lang: Lang;
  /** The daemon's puppets; a puppet's handle on the wire is its place here plus one. */
  readonly puppets: readonly { readonly puppet: PuppetId; readonly subject: string }[];
  readonly listener: LinkListener;
}

/** Fade of a flushed turn. */
const FADE = fromMillis(20);
/** Malformed messages after which a peer is shown out. */
const MAX_FAULTS = 20;
/** Pending flushes are few; this many would mean that the peer does not answer. */
const MAX_FLUSHES = 16;

/** One peer on the Bunraku protocol: a page, a plugin or a headless engine. */
export class Link implements Engine {
  readonly #options: LinkOptions;
  readonly #prober: Prober;
  #hello: Hello | undefined;
  #report: EngineReport | undefined;
  #audible = false;
  #seq = 0;
  #dropped = 0;
  #faults = 0;
  #open = true;
  #flushes: {
    handle: number;
    turn: number;
    resolve: (r: HeardReport) => void;
    reject: (e: Error) => void;
  }[] = [];

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#prober = new Prober({
      clock: options.clock,
      send: (message) => this.#send(message),
      estimated: ({ map, bound, synchronized }) => this.#send({ type: "clock", ...map, bound, synchronized }),
    });
  }

  get name(): string {
    return this.#hello === undefined ? this.#options.socket.peer : `${this.#hello.role} ${this.#hello.name}`;
  }

  get hello(): Hello | undefined {
    return this.#hello;
  }

  /** The peer's newest account of itself. */
  get report(): EngineReport | undefined {
    return this.#report;
  }

  audible(): boolean {
    return this.#audible;
  }

  /** Reads the peer's messages until it goes or the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    signal.addEventListener("abort", () => this.#options.socket.close("the daemon is stopping"), {
      once: true,
      signal: ended.signal,
    });
    try {
      for await (const bytes of this.#options.socket.messages) {
        this.#take(bytes, both);
        if (!this.#open) break;
      }
    } catch (error) {
      if (!isAbort(error, signal))
        this.#options.log.warn("a link failed", { engine: this.name, error: reasonOf(error) });
    } finally {
      ended.abort(new Error("the link ended"));
      await this.close();
    }
  }

  describe(subject: SubjectStatic): void {
    const { puppet, subject: name, curves, bones } = subject;
    this.#send({
      type: "static",
      handle: this.#handleOf(puppet),
      body: { puppet, subject: name, curves, bones },
    });
  }

  send(item: AnimationFrame | AudioChunk): void {
    const handle = this.#handleOf(item.puppet);
    if (item.kind === "audio")
      this.#send({ type: "audio", handle, pts: item.pts, turn: item.turn, pcm: item.pcm });
    else {
      const { pts, turn, curves, bones } = item;
      this.#send({ type: "animation", handle, pts, turn, curves, bones });
    }
  }

  finish(puppet: PuppetId, turn: TurnId, pts: Micros): void {
    this.#send({ type: "finish", handle: this.#handleOf(puppet), turn, pts });
  }

  flush(puppet: PuppetId, turn: TurnId): Promise<HeardReport> {
    const handle = this.#handleOf(puppet);
    if (!this.#open) return Promise.reject(gone(this.name));
    return new Promise((resolve, reject) => {
      this.#flushes.push({ handle, turn, resolve, reject });
      if (this.#flushes.length > MAX_FLUSHES) this.#flushes.shift()?.reject(gone(this.name));
      this.#send({ type: "flush", handle, turn, fade: FADE });
    });
  }

  /** Tells a console something; engines without a console ignore it. */
  tell(puppet: PuppetId, event: ConsoleEvent): void {
    this.#send({ type: "event", handle: this.#handleOf(puppet), body: event });
  }

  /** Tells a voice how far its own turn was heard; `upTo` is an offset in the turn. */
  tellHeard(report: HeardReport): void {
    const { puppet, turn, state, upTo } = report;
    this.#send({ type: "heard", handle: this.#handleOf(puppet), turn, state, upTo });
  }

  /** Tells the peer that something it sent could not be used. */
  refuse(error: BunrakuError): void {
    this.#send({ type: "error", body: { fault: error.fault, message: error.message.slice(0, 1_000) } });
  }

  status(): StatusReport {
    const estimate = this.#prober.estimate;
    if (!this.#open) return { name: this.name, status: "disconnected", detail: "" };
    // A voice is heard as it comes: it needs no clock.
    if (this.#hello?.role === "voice") return { name: this.name, status: "ready", detail: "" };
    if (estimate === undefined || !estimate.synchronized)
      return { name: this.name, status: "starting", detail: "the clock is not known yet" };
    const detail = `clock within ${(estimate.bound / 1_000).toFixed(2)} ms${this.#dropped > 0 ? `, ${this.#dropped} messages dropped` : ""}`;
    return { name: this.name, status: this.#dropped > 0 ? "degraded" : "ready", detail };
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#send({ type: "bye", body: { reason: "the daemon closes the link" } });
    this.#open = false;
    this.#audible = false;
    for (const flush of this.#flushes.splice(0)) flush.reject(gone(this.name));
    this.#options.socket.close("closed");
  }

  #take(bytes: Uint8Array, signal: AbortSignal): void {
    let message: Message | undefined;
    try {
      message = decode(bytes).message;
      if (message !== undefined) this.#dispatch(message, signal);
    } catch (error) {
      const { fault, message } = asBunrakuError(error, "protocol");
      this.#faults++;
      this.#send({ type: "error", body: { fault, message: message.slice(0, 1_000) } });
      // A peer of another version, or one that only sends garbage, is told once and shown out.
      if (this.#hello === undefined || this.#faults >= MAX_FAULTS) {
        this.#open = false;
        this.#options.socket.close(message.slice(0, 120));
      }
    }
  }

  #dispatch(message: Message, signal: AbortSignal): void {
    const { listener } = this.#options;
    if (message.type === "hello") return this.#welcome(message.body, signal);
    if (this.#hello === undefined) throw new BunrakuError("protocol", "the first message must be a hello");
    switch (message.type) {
      case "pong":
        return this.#prober.pong(message);
      case "heard":
        return this.#heard(message);
      case "status": {
        const changed = message.body.audible !== this.#audible;
        this.#report = message.body;
        this.#audible = message.body.audible;
        if (changed) listener.audibleChanged(this);
        return;
      }
      case "command":
        return listener.command(this, this.#puppetOf(message.handle), message.body);
      case "voice": {
        const estimate = this.#prober.estimate;
        const now = this.#options.clock.now();
        const at =
          estimate?.synchronized === true ? (Math.round(toDaemon(estimate.map, message.at)) as Micros) : now;
        return listener.voice(this, this.#puppetOf(message.handle), {
          at: Math.min(at, now) as Micros,
          sampleRate: message.sampleRate,
          pcm: message.pcm,
        });
      }
      case "finish":
      case "flush": {
        if (this.#hello.role !== "voice") break;
        const end = { turn: message.turn, how: message.type };
        return listener.voiceEnded(this, this.#puppetOf(message.handle), end);
      }
      case "bye":
        this.#open = false;
        return;
      default:
    }
    throw new BunrakuError("protocol", `a ${message.type} message is not for the daemon`);
  }

  #welcome(hello: Hello, signal: AbortSignal): void {
    if (this.#hello !== undefined) throw new BunrakuError("protocol", "a second hello");
    const { session, lang, puppets, listener } = this.#options;
    this.#hello = hello;
    this.#audible = hello.audible;
    const named = puppets.map(({ puppet, subject }, index) => ({ handle: index + 1, puppet, subject }));
    this.#send({ type: "welcome", body: { session, minor: PROTOCOL_MINOR, lang, puppets: named } });
    listener.opened(this);
    void this.#prober.run(signal);
  }

  #heard(message: Extract<Message, { type: "heard" }>): void {
    const report: HeardReport = {
      puppet: this.#puppetOf(message.handle),
      turn: message.turn as TurnId,
      state: message.state,
      upTo: message.upTo,
    };
    if (message.state === "flushed") {
      const done = this.#flushes.filter((f) => f.handle === message.handle && f.turn <= message.turn);
      this.#flushes = this.#flushes.filter((f) => !done.includes(f));
      for (const flush of done) flush.resolve({ ...report, turn: flush.turn as TurnId });
    }
    this.#options.listener.heard(this, report);
  }

  #handleOf(puppet: PuppetId): number {
    return this.#options.puppets.findIndex((entry) => entry.puppet === puppet) + 1;
  }

  /** Handle 0 means the first puppet: most daemons have one. */
  #puppetOf(handle: number): PuppetId {
    const entry = this.#options.puppets[Math.max(0, handle - 1)];
    if (entry === undefined) throw new BunrakuError("protocol", `there is no puppet with handle ${handle}`);
    return entry.puppet;
  }

  #send(message: Message): void {
    if (!this.#open) return;
    if (!this.#options.socket.send(encode(message, this.#seq++))) this.#dropped++;
  }
}

const gone = (name: string): BunrakuError => new BunrakuError("unreachable", `${name} is gone`);
