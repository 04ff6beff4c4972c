import { fork, type ChildProcess } from "node:child_process";
import { BunrakuError } from "../../../bridge/core/errors.ts";
import type { Log } from "../../../bridge/core/log.ts";
import { orAbort } from "../../../bridge/core/stage.ts";
import type { Status, StatusReport } from "../../../bridge/core/status.ts";
import { fromSeconds, plus, type Clock, type Micros } from "../../../bridge/core/time.ts";
import type { EspeakEvent, EspeakReply, EspeakRequest, EspeakVoice } from "./espeak-message.ts";
import { ESPEAK_TEXT } from "./espeak-message.ts";

/** One thing to say. */
export interface EspeakLine {
  readonly text: string;
  readonly voice: EspeakVoice;
  /** Words a minute. */
  readonly rate: number;
  /** 0..99. */
  readonly pitch: number;
}

/** What was said: mono 16-bit sound at `ESPEAK_RATE`, and the events in it. */
export interface EspeakSound {
  readonly pcm: Int16Array;
  readonly events: readonly EspeakEvent[];
}

/** Longest start of the process: it loads 24 MB and speaks five sentences (1 s on a quiet machine, 7 s were seen on a busy one). */
const START: Micros = fromSeconds(45);
/** Longest wait for an answer once ready. The longest text takes 0.4 s; more means that the process is stuck. */
const ANSWER: Micros = fromSeconds(15);
/** Requests that may wait at once; 64 puppets share one process before the next is refused. */
const CAPACITY = 64;
/** Environment the process may see: what an operating system needs to start it, and no secret. */
const ENVIRONMENT = ["PATH", "SystemRoot", "TEMP", "TMPDIR"] as const;

interface Pending {
  readonly resolve: (sound: EspeakSound) => void;
  readonly reject: (error: Error) => void;
}

/** Thrown inside this file where the process died under a request: the one failure that a fresh process may cure. */
class ProcessGone extends Error {}

/** Our end of the eSpeak process: starts it, asks it, starts it again where it died. */
export class EspeakChild {
  readonly #entry: URL;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #env: NodeJS.ProcessEnv;
  readonly #pending = new Map<number, Pending>();
  readonly #closing = new AbortController();
  #child: ChildProcess | undefined;
  #ready: Promise<void> | undefined;
  #nextId = 1;
  #status: Status = "starting";
  #detail = "";

  constructor(options: {
    entry: URL;
    clock: Clock;
    log: Log;
    env: Readonly<Record<string, string | undefined>>;
  }) {
    this.#entry = options.entry;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#env = {};
    for (const name of ENVIRONMENT) {
      const value = options.env[name];
      if (value !== undefined) this.#env[name] = value;
    }
  }

  /** Process id while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  status(): StatusReport {
    return { name: "espeak", status: this.#status, detail: this.#detail };
  }

  /** Starts the process ahead of the first line, so that its second is spent while nobody waits. Never throws. */
  warm(): void {
    this.#running().catch(() => undefined);
  }

  /** Says one line. Rejects with fault `device` where the process dies twice under it, `rate-limit` where 64 lines wait. */
  async speak(line: EspeakLine, signal: AbortSignal): Promise<EspeakSound> {
    if (line.text.length > ESPEAK_TEXT)
      throw new RangeError(`eSpeak takes at most ${ESPEAK_TEXT} characters at once`);
    try {
      return await this.#ask(line, signal);
    } catch (error) {
      if (!(error instanceof ProcessGone)) throw error;
      this.#log.warn("voice process restarts", { provider: "espeak", reason: error.message });
    }
    try {
      return await this.#ask(line, signal);
    } catch (error) {
      if (!(error instanceof ProcessGone)) throw error;
      throw new BunrakuError("device", `the embedded voice does not run: ${error.message}`, { cause: error });
    }
  }

  /** Ends the process. Idempotent; never throws. */
  async close(): Promise<void> {
    this.#closing.abort(new BunrakuError("device", "the embedded voice is closed"));
    this.#status = "stopped";
    this.#detail = "";
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGKILL");
    await gone;
  }

  async #ask(line: EspeakLine, caller: AbortSignal): Promise<EspeakSound> {
    if (this.#pending.size >= CAPACITY)
      throw new BunrakuError("rate-limit", `the embedded voice has ${CAPACITY} lines waiting already`);
    const signal = AbortSignal.any([caller, this.#closing.signal]);
    signal.throwIfAborted();
    const id = this.#nextId++;
    const answer = new Promise<EspeakSound>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    // Whoever stops listening first, the other end may still settle this promise.
    answer.catch(() => undefined);
    try {
      await orAbort(this.#running(), signal);
      this.#send({ kind: "speak", id, ...line });
      return await this.#within(ANSWER, orAbort(answer, signal));
    } finally {
      if (this.#pending.delete(id) && signal.aborted) this.#send({ kind: "cancel", id });
    }
  }

  #running(): Promise<void> {
    this.#ready ??= this.#within(START, this.#start());
    return this.#ready;
  }

  #start(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closing.signal.aborted) return reject(this.#closing.signal.reason as Error);
      const child = fork(this.#entry, [], {
        serialization: "advanced",
        execArgv: [],
        env: this.#env,
        stdio: ["ignore", "ignore", "pipe", "ipc"],
      });
      this.#child = child;
      let lastWords = "";
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        lastWords = (lastWords + text).slice(-500);
      });
      const gone = (reason: string): void => {
        const error = new ProcessGone(reason);
        reject(error);
        if (this.#child === child) this.#lost(error);
      };
      child.on("error", (error) => gone(error.message));
      child.on("exit", (code, killed) =>
        gone(`its process ended (${killed ?? `exit code ${code}`})${sayingLast(lastWords)}`),
      );
      child.on("message", (reply: EspeakReply) => {
        if (reply.kind === "ready") {
          this.#status = "ready";
          this.#detail = "";
          return resolve();
        }
        this.#answer(reply);
      });
    });
  }

  #answer(reply: Exclude<EspeakReply, { kind: "ready" }>): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    if (reply.kind === "spoken") return pending.resolve({ pcm: reply.pcm, events: reply.events });
    pending.reject(new BunrakuError("device", `the embedded voice failed: ${reply.reason}`));
  }

  #lost(error: ProcessGone): void {
    this.#child = undefined;
    this.#ready = undefined;
    if (this.#closing.signal.aborted) return;
    this.#status = "degraded";
    this.#detail = error.message;
    for (const pending of this.#pending.values()) pending.reject(error);
  }

  #send(request: EspeakRequest): void {
    // A process that has just died is reported by its exit, not by this write.
    if (this.#child?.connected === true) this.#child.send(request, () => undefined);
  }

  /** `work`, or the end of the process where it takes longer than `limit`. */
  async #within<T>(limit: Micros, work: Promise<T>): Promise<T> {
    const done = new AbortController();
    this.#clock.sleepUntil(plus(this.#clock.now(), limit), done.signal).then(
      () => this.#child?.kill("SIGKILL"),
      () => undefined,
    );
    try {
      return await work;
    } finally {
      done.abort();
    }
  }
}

const sayingLast = (stderr: string): string => {
  const line = stderr
    .split("\n")
    .map((text) => text.trim())
    .findLast((text) => /error/i.test(text));
  return line === undefined ? "" : `: ${line}`;
};
