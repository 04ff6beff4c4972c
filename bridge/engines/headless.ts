import { WebSocket } from "ws";
import { Channel } from "../core/channel.ts";
import { BunrakuError, reasonOf } from "../core/errors.ts";
import { toInt16 } from "../core/resample.ts";
import { fromMillis, micros, SystemClock, type Micros } from "../core/time.ts";
import { readWav } from "../core/wav.ts";
import { decode } from "../wire/decode.ts";
import { encode } from "../wire/encode.ts";
import { PROTOCOL_MINOR, type ConsoleCommand, type Message } from "../wire/messages.ts";
import { DriftingClock } from "./headless-clock.ts";
import type { HeadlessEvent, HeadlessSummary } from "./headless-events.ts";
import { SimulatedPath } from "./headless-path.ts";
import { HeadlessStage, repeat } from "./headless-stage.ts";
import { FileMicrophone } from "./headless-voice.ts";
import type { HeadlessOptions } from "./headless.options.ts";

/** Between two reports of progress, and between two accounts of itself. */
const PLAYING_STEP = fromMillis(100);
const STATUS_STEP = fromMillis(500);
/** Bytes that may wait for a slow daemon. */
const MAX_BACKLOG = 1 << 20;

/**
 * An engine as a client of the protocol, with a clock, a sound device and a network of its own that can be as bad as
 * asked for. It evaluates faces and sound as the Stage page does, and measures what a listener would have noticed.
 */
export class HeadlessEngine {
  /** What it tells; drops the oldest when nobody reads, and ends with the link. */
  readonly events = new Channel<HeadlessEvent>({ capacity: 4_096, overflow: "drop-oldest" });
  readonly #options: HeadlessOptions;
  readonly #base: SystemClock;
  readonly #clock: DriftingClock;
  readonly #stage: HeadlessStage;
  readonly #incoming: SimulatedPath<Message>;
  readonly #outgoing: SimulatedPath<Message>;
  readonly #microphone: FileMicrophone;
  #socket: WebSocket | undefined;
  #seq = 0;
  #malformed = 0;
  #listening = false;

  /** `truth` is the daemon's clock where it is known (one machine): the error of what is presented is measured against it. */
  constructor(options: HeadlessOptions & { truth?: SystemClock }) {
    const { truth, ...rest } = options;
    const { incoming, outgoing, seed } = rest;
    this.#options = rest;
    const base = new SystemClock(truth?.origin);
    this.#base = base;
    this.#clock = new DriftingClock({ base, drift: rest.drift, offsetMs: rest.offsetMs });
    this.#stage = new HeadlessStage({
      options: rest,
      base,
      clock: this.#clock,
      truthful: truth !== undefined,
      tell: (event) => this.#tell(event),
    });
    this.#incoming = new SimulatedPath({ ...incoming, clock: base, seed, deliver: (m) => this.#receive(m) });
    this.#outgoing = new SimulatedPath({
      ...outgoing,
      clock: base,
      seed: seed + 1,
      deliver: (m) => this.#write(m),
    });
    this.#microphone = new FileMicrophone({
      clock: base,
      send: ({ at, sampleRate, pcm }) => {
        const handle = this.#stage.handle;
        this.#send({ type: "voice", handle, at: micros(this.#clock.at(at)), sampleRate, pcm });
      },
    });
  }

  /** Connects and presents until the daemon closes the link or the signal is aborted; fault `unreachable` with no daemon. */
  async run(signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    try {
      const socket = await this.#connect(signal);
      const closed = ending(socket, signal);
      const { name, audible } = this.#options;
      this.#send({ type: "hello", body: { role: "headless", name, minor: PROTOCOL_MINOR, audible } });
      const loops = Promise.all([
        this.#incoming.run(both),
        this.#outgoing.run(both),
        this.#stage.run(both, () => this.#report(false)),
        this.#accounts(both),
      ]);
      const reason = await Promise.race([closed, loops.then(() => "stopped")]);
      if (signal.aborted) this.#write({ type: "bye", body: { reason: "the engine stops" } });
      ended.abort(new Error("the link ended"));
      await loops;
      this.#tell({ kind: "summary", summary: this.summary() });
      this.#tell({ kind: "closed", reason });
    } finally {
      ended.abort(new Error("the link ended"));
      this.#socket?.close();
      this.events.close();
    }
  }

  /** Speaks a wav file into the daemon in real time; the microphone stays open, silent, after it. Fault `input` for a bad file. */
  play(wav: Uint8Array, signal: AbortSignal): void {
    const told = (kind: "voice-started" | "voice-ended") => (at: Micros) =>
      this.#tell({ kind, at: Number(this.#base.origin) + at * 1_000 });
    this.#microphone.play(soundOf(wav), { started: told("voice-started"), ended: told("voice-ended") });
    if (this.#listening) return;
    this.#listening = true;
    this.command({ kind: "microphone", on: true });
    void this.#microphone.run(signal);
  }

  /** Stops what is being spoken; the microphone stays open. */
  hush(): void {
    this.#microphone.stop();
  }

  /** Asks the daemon for something, as a console does. */
  command(body: ConsoleCommand): void {
    this.#send({ type: "command", handle: this.#stage.handle, body });
  }

  /** The curves a puppet, or the first, shows by its newest tick; empty before there are any. */
  curves(puppet?: string): Float32Array {
    return this.#stage.curves(puppet);
  }

  summary(): HeadlessSummary {
    const lost = this.#incoming.lost + this.#outgoing.lost;
    return { ...this.#stage.summary(), lost, malformed: this.#malformed };
  }

  #connect(signal: AbortSignal): Promise<WebSocket> {
    const { url } = this.#options;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: 5_000 });
      this.#socket = socket;
      socket.on("message", (bytes: Buffer) => this.#arrived(bytes));
      socket.once("open", () => resolve(socket));
      socket.on("error", (cause) =>
        reject(new BunrakuError("unreachable", `no daemon answers on ${url}: ${reasonOf(cause)}`, { cause })),
      );
      const abort = (): void => {
        reject(signal.reason as Error);
        if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
      };
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  #arrived(bytes: Uint8Array): void {
    let message: Message | undefined;
    try {
      ({ message } = decode(bytes));
    } catch (error) {
      this.#malformed++;
      return this.#tell({ kind: "error", message: reasonOf(error) });
    }
    if (message === undefined) return;
    this.#incoming.offer(message, message.type !== "animation" && message.type !== "ping");
  }

  #receive(message: Message): void {
    const now = this.#clock.now();
    switch (message.type) {
      case "ping": {
        const { chain, t1 } = message;
        return this.#send({ type: "pong", chain, t1, t2: now, t3: this.#clock.now() });
      }
      case "clock":
        return this.#stage.follow(message);
      case "welcome": {
        const { session, puppets } = message.body;
        this.#stage.show(puppets);
        return this.#tell({ kind: "welcome", session, puppets: puppets.map(({ puppet }) => puppet) });
      }
      case "error":
        return this.#tell({ kind: "error", message: message.body.message });
      case "event": {
        const puppet = this.#stage.puppetOf(message.handle);
        return this.#tell({ kind: "event", puppet, body: message.body });
      }
      case "bye":
        return this.#socket?.close(1000, message.body.reason.slice(0, 30));
      default:
        if ("handle" in message) this.#stage.take(message, now);
    }
  }

  /** Progress ten times a second, and now and then how this engine is. */
  async #accounts(signal: AbortSignal): Promise<void> {
    let told = this.#base.now();
    await repeat(this.#base, signal, () => {
      const now = this.#base.now();
      this.#report(true);
      if (now - told >= STATUS_STEP) {
        told = now;
        this.#account();
      }
      return now + PLAYING_STEP;
    });
  }

  #account(): void {
    const { audible, latencyMs } = this.#options;
    this.#send({
      type: "status",
      body: {
        fps: this.#stage.fps,
        audible,
        paused: false,
        skewUs: this.#stage.newestSkew,
        lateFrames: this.#stage.count("late"),
        underruns: this.#stage.count("underruns"),
        audioLatencyUs: fromMillis(latencyMs),
      },
    });
  }

  /** Says what has been heard. */
  #report(progress: boolean): void {
    for (const report of this.#stage.reports(progress)) this.#send({ type: "heard", ...report });
  }

  #tell(event: HeadlessEvent): void {
    this.events.offer(event);
  }

  #send(message: Message): void {
    this.#outgoing.offer(message, message.type !== "pong");
  }

  #write(message: Message): void {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN || socket.bufferedAmount > MAX_BACKLOG) return;
    socket.send(encode(message, this.#seq++), { binary: true });
  }
}

/** Why the link ended, once it has. */
const ending = (socket: WebSocket, signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    socket.on("close", (code, reason) => resolve(reason.toString("utf8") || `closed with code ${code}`));
    signal.addEventListener("abort", () => resolve("stopped"), { once: true });
    if (signal.aborted) resolve("stopped");
  });

const soundOf = (wav: Uint8Array): { sampleRate: number; pcm: Int16Array } => {
  const { sampleRate, samples } = readWav(wav, "this wav file");
  return { sampleRate, pcm: toInt16(samples) };
};
