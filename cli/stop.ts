/** The wish to stop this process: Ctrl-C, a signal, or a parent. A second Ctrl-C does not wait for anyone. */
export class Stop {
  readonly #asked = new AbortController();
  #interrupted = false;

  constructor() {
    process.on("SIGINT", () => {
      if (this.#asked.signal.aborted) process.exit(130);
      this.#interrupted = true;
      this.#ask("Ctrl-C");
    });
    for (const name of ["SIGTERM", "SIGHUP", "SIGBREAK"] as const) process.on(name, () => this.#ask(name));
    // Windows has no SIGTERM that a process could answer: a parent sends a message instead.
    if (process.channel === undefined) return;
    process.on("message", (message) => {
      if (message === "stop") this.#ask("the parent's message");
    });
    process.on("disconnect", () => this.#ask("the parent is gone"));
  }

  get signal(): AbortSignal {
    return this.#asked.signal;
  }

  /** True where somebody pressed Ctrl-C. */
  get interrupted(): boolean {
    return this.#interrupted;
  }

  /** The end of standard input is a wish to stop, too. Only on request: under a service there is none from the start. */
  withInput(): void {
    process.stdin.on("end", () => this.#ask("the end of input")).resume();
  }

  #ask(why: string): void {
    if (!this.#asked.signal.aborted) this.#asked.abort(new DOMException(`stopped by ${why}`, "AbortError"));
  }
}
