import { Worker } from "node:worker_threads";
import { BunrakuError, reasonOf } from "../../../bridge/core/errors.ts";
import { orAbort } from "../../../bridge/core/stage.ts";
import type { StatusReport } from "../../../bridge/core/status.ts";
import { SLOTS, type FromWorker, type ToWorker } from "./messages.ts";

/** The families that have a worker; each is a built file beside this one. */
export type ModelFamily = "silero" | "moonshine";

export interface ModelWorkerOptions {
  readonly family: ModelFamily;
  /** Verified files by the name that the family uses. */
  readonly files: Readonly<Record<string, string>>;
}

interface Call {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Deaths in a row after which a worker is not started again: a model that kills its thread will do so every time. */
const MAX_DEATHS = 3;

/**
 * One thread with one model family, shared by all puppets. Requests are answered in order; at most 64 wait. An aborted
 * request frees its caller at once and is dropped by the worker between two steps. A dead thread is started again.
 */
export class ModelWorker {
  readonly #options: ModelWorkerOptions;
  readonly #flags = new Int32Array(new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT));
  readonly #calls = new Map<number, Call>();
  readonly #free: number[] = Array.from({ length: SLOTS }, (_, slot) => slot);
  #thread: Worker | undefined;
  #ready = false;
  #opening: Promise<void> | undefined;
  #trouble: BunrakuError | undefined;
  #deaths = 0;
  #closed = false;

  constructor(options: ModelWorkerOptions) {
    this.#options = options;
  }

  /** Starts the thread and opens the model. Faults: `device` (no runtime), `model` (unusable files). */
  async open(signal: AbortSignal): Promise<void> {
    if (this.#closed) throw this.#gone();
    if (this.#deaths >= MAX_DEATHS)
      throw (
        this.#trouble ??
        new BunrakuError("model", `the ${this.#options.family} worker died ${MAX_DEATHS} times`)
      );
    this.#opening ??= this.#start();
    await orAbort(this.#opening, signal);
  }

  /** One request. `transfer` moves buffers into the thread. Rejects with `rate-limit` where 64 already wait. */
  async call(
    input: unknown,
    options: { signal: AbortSignal; transfer?: readonly ArrayBuffer[] },
  ): Promise<unknown> {
    const { signal } = options;
    await this.open(signal);
    const thread = this.#thread;
    if (thread === undefined) throw this.#trouble ?? this.#gone();
    const slot = this.#free.pop();
    if (slot === undefined)
      throw new BunrakuError(
        "rate-limit",
        `the ${this.#options.family} model has more to do than this machine can`,
      );
    Atomics.store(this.#flags, slot, 0);
    const answered = new Promise<unknown>((resolve, reject) => this.#calls.set(slot, { resolve, reject }));
    const cancel = (): void => void Atomics.store(this.#flags, slot, 1);
    signal.addEventListener("abort", cancel, { once: true });
    const message: ToWorker = { kind: "call", slot, input };
    // A waiting caller keeps the process alive; an idle model does not.
    thread.ref();
    thread.postMessage(message, [...(options.transfer ?? [])]);
    try {
      return await orAbort(answered, signal);
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  status(): StatusReport {
    const name = `model:${this.#options.family}`;
    if (this.#closed) return { name, status: "stopped", detail: "" };
    if (this.#trouble !== undefined) return { name, status: "degraded", detail: this.#trouble.message };
    return { name, status: this.#ready ? "ready" : "starting", detail: "" };
  }

  /** Ends the thread; whoever waits is refused. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const thread = this.#thread;
    this.#lose(this.#gone());
    await thread?.terminate();
  }

  #gone(): BunrakuError {
    return new BunrakuError("model", `the ${this.#options.family} worker is closed`);
  }

  #start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const thread = new Worker(workerFile(this.#options.family), {
        name: `bunraku-${this.#options.family}`,
      });
      const lose = (fault: "device" | "model" | "bug", reason: string): void => {
        const trouble = new BunrakuError(fault, reason);
        if (this.#thread === thread) this.#lose(trouble);
        reject(trouble);
      };
      thread.on("message", (message: FromWorker) => {
        if (message.kind === "opened") {
          this.#ready = true;
          this.#trouble = undefined;
          this.#restIfIdle();
          return resolve();
        }
        if (message.kind === "refused") {
          // The same files will be refused again.
          this.#deaths = MAX_DEATHS;
          void thread.terminate();
          return lose(message.fault, `the ${this.#options.family} model cannot be opened: ${message.reason}`);
        }
        this.#settle(message);
      });
      thread.on("error", (error) =>
        lose("model", `the ${this.#options.family} worker died: ${reasonOf(error)}`),
      );
      thread.on("exit", () => lose("model", `the ${this.#options.family} worker ended`));
      this.#thread = thread;
      const message: ToWorker = { kind: "open", files: this.#options.files, flags: this.#flags };
      thread.postMessage(message);
    });
  }

  #settle(message: Extract<FromWorker, { slot: number }>): void {
    const call = this.#calls.get(message.slot);
    if (call === undefined) return;
    this.#calls.delete(message.slot);
    // A slot is free only when the worker is done with it: an aborted request still owns its flag until then.
    this.#free.push(message.slot);
    this.#restIfIdle();
    this.#deaths = 0;
    if (message.kind === "answer") return call.resolve(message.output);
    call.reject(new BunrakuError("model", `the ${this.#options.family} model failed: ${message.reason}`));
  }

  #restIfIdle(): void {
    if (this.#calls.size === 0) this.#thread?.unref();
  }

  #lose(trouble: BunrakuError): void {
    if (this.#thread === undefined) return;
    this.#thread = undefined;
    this.#ready = false;
    this.#opening = undefined;
    this.#trouble = trouble;
    this.#deaths++;
    for (const [slot, call] of this.#calls) {
      this.#free.push(slot);
      call.reject(trouble);
    }
    this.#calls.clear();
  }
}

/** Threads start from built files only: from source, the worker is taken from `.build` of the same checkout. */
const workerFile = (family: ModelFamily): URL =>
  import.meta.url.endsWith(".ts")
    ? new URL(`../../../.build/inference/models/worker/${family}.js`, import.meta.url)
    : new URL(`./${family}.js`, import.meta.url);
