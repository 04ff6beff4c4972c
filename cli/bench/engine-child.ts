import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Channel } from "../../bridge/core/channel.ts";
import { BunrakuError } from "../../bridge/core/errors.ts";
import { orAbort } from "../../bridge/core/stage.ts";
import { fromSeconds, type Clock, type Micros } from "../../bridge/core/time.ts";
import type { HeadlessEvent, HeadlessSummary } from "../../bridge/engines/headless-events.ts";

const ENTRY = fileURLToPath(new URL("../../bridge/engines/headless-main.js", import.meta.url));
/** Longest wait for anything an engine is expected to tell. */
const PATIENCE = fromSeconds(30);

/** A headless engine as a child process, so that its timers do not wait for ours. */
export class EngineChild {
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #events = new Channel<HeadlessEvent>({ capacity: 4_096, overflow: "drop-oldest" });
  #origin = Number.POSITIVE_INFINITY;
  readonly #seen: ((event: HeadlessEvent) => void)[] = [];

  constructor(options: { url: string; clock: Clock; engine?: Readonly<Record<string, unknown>> }) {
    const url = `${options.url.replace(/^http/, "ws")}/link`;
    this.#clock = options.clock;
    this.#child = fork(ENTRY, ["--options", JSON.stringify({ ...options.engine, url })], {
      stdio: "inherit",
    });
    this.#child.on("message", (event: HeadlessEvent) => {
      // What is heard on time is heard at origin + pts: the smallest difference seen is the origin.
      if (event.kind === "started" || event.kind === "audible")
        this.#origin = Math.min(this.#origin, event.at - event.pts * 1_000);
      for (const see of this.#seen) see(event);
      this.#events.offer(event);
    });
    this.#child.on("exit", () => this.#events.close());
  }

  /** Platform time in ns of the daemon's time 0, as far as this engine's punctual moments show it. */
  get clockOrigin(): number {
    return this.#origin;
  }

  /** Calls `see` with every event from now on. */
  watch(see: (event: HeadlessEvent) => void): void {
    this.#seen.push(see);
  }

  tell(command: { readonly command: string; readonly text?: string; readonly path?: string }): void {
    if (this.#child.connected) this.#child.send(command);
  }

  /** The next event that `wanted` picks; events before it are passed over. Fault `unreachable` when none comes in time. */
  async next<T>(
    wanted: (event: HeadlessEvent) => T | undefined,
    signal: AbortSignal,
    patience = PATIENCE,
  ): Promise<T> {
    const late = new AbortController();
    const both = AbortSignal.any([signal, late.signal]);
    const done = new AbortController();
    void this.#clock
      .sleepUntil((this.#clock.now() + patience) as Micros, done.signal)
      .then(() =>
        late.abort(new BunrakuError("unreachable", "the engine did not report what was waited for")),
      )
      .catch(() => undefined);
    try {
      for await (const event of this.#events.read(both)) {
        const found = wanted(event);
        if (found !== undefined) return found;
      }
      throw new BunrakuError("unreachable", "the headless engine ended");
    } finally {
      done.abort(new Error("done"));
    }
  }

  /** Forgets events that wait. */
  forget(): void {
    this.#events.drain();
  }

  async summary(signal: AbortSignal): Promise<HeadlessSummary> {
    this.tell({ command: "summary" });
    return this.next((event) => (event.kind === "summary" ? event.summary : undefined), signal);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    this.tell({ command: "stop" });
    const late = AbortSignal.timeout(3_000);
    await orAbort(gone, late).catch(() => this.#child.kill());
  }
}
