import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BunrakuError } from "../../bridge/core/errors.ts";
import { orAbort } from "../../bridge/core/stage.ts";
import { projectFolder } from "../project-folder.ts";

/** A daemon as users start it, in a process of its own. */
export class DaemonChild {
  readonly url: string;
  readonly pid: number;
  /** Platform time in ns at which it was started. */
  readonly startedAt: number;
  readonly #child: ChildProcess;
  readonly #ears: Promise<void>;

  private constructor(child: ChildProcess, url: string, startedAt: number, ears: Promise<void>) {
    this.#child = child;
    this.url = url;
    this.pid = child.pid ?? 0;
    this.startedAt = startedAt;
    this.#ears = ears;
  }

  /** Starts `bunraku start PRESET`, on a free port where none is named; resolves when it serves. */
  static async start(
    preset: string,
    options: {
      env: Readonly<Record<string, string | undefined>>;
      signal: AbortSignal;
      port?: number;
      tokenFile?: string;
    },
  ): Promise<DaemonChild> {
    const startedAt = Number(process.hrtime.bigint());
    const bin = join(projectFolder(), "cli", "bunraku.mjs");
    const { port = 0, tokenFile } = options;
    const args = [bin, "start", preset, "--port", String(port), "--json", "--stop-with-input"];
    if (tokenFile !== undefined) args.push("--token-file", tokenFile);
    const child = spawn(process.execPath, args, { env: options.env, stdio: ["pipe", "pipe", "pipe"] });
    const complaints: string[] = [];
    child.stderr.on("data", (bytes: Buffer) => {
      complaints.push(bytes.toString());
      if (complaints.length > 50) complaints.shift();
    });
    let ready: () => void = () => undefined;
    const ears = new Promise<void>((resolve) => (ready = resolve));
    const served = new Promise<string>((resolve, reject) => {
      child.on("exit", (code) =>
        reject(
          new BunrakuError(
            "unreachable",
            `the daemon ended with ${code}: ${complaints.join("").slice(-800)}`,
          ),
        ),
      );
      createInterface({ input: child.stdout }).on("line", (line) => {
        const event = JSON.parse(line) as {
          event: string;
          url?: string;
          name?: string;
          status?: string;
          senses?: readonly { name: string; status: string }[];
        };
        const senses = [...(event.senses ?? []), { name: event.name ?? "", status: event.status ?? "" }];
        if (senses.some((sense) => sense.name === "ears" && sense.status !== "starting")) ready();
        if (event.event === "started" && event.url !== undefined) resolve(event.url);
      });
    });
    return new DaemonChild(child, await orAbort(served, options.signal), startedAt, ears);
  }

  /** Resolves when the ears are ready or have said that they never will be. */
  settled(signal: AbortSignal): Promise<void> {
    return orAbort(this.#ears, signal);
  }

  /** Asks it to stop, and waits until it has. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.stdin?.end();
    await orAbort(gone, AbortSignal.timeout(5_000)).catch(() => this.#child.kill());
  }
}
