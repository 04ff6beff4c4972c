import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { BunrakuError, isAbort, reasonOf } from "../core/errors.ts";
import { SystemClock } from "../core/time.ts";
import { HeadlessEngine } from "./headless.ts";
import type { HeadlessEvent } from "./headless-events.ts";
import { headlessOptions } from "./headless.options.ts";

/**
 * A headless engine as a process of its own. Options come as one JSON object in `--options`; `--origin NS` is the
 * daemon's clock origin, for the error of what is presented. One JSON event a line on stdout, or IPC messages where
 * there is a channel; commands the same way on stdin or IPC. Ends with its parent, or when the link ends.
 */
type Command =
  | { readonly command: "play"; readonly path: string }
  | { readonly command: "hush" }
  | { readonly command: "ask" | "say"; readonly text: string }
  | { readonly command: "interrupt" }
  | { readonly command: "summary" }
  | { readonly command: "stop" };

const tell = (event: HeadlessEvent): void => {
  if (process.send !== undefined) process.send(event);
  else process.stdout.write(`${JSON.stringify(event)}\n`);
};

const obey = async (engine: HeadlessEngine, stop: AbortController, command: Command): Promise<void> => {
  switch (command.command) {
    case "play":
      return engine.play(await readFile(command.path), stop.signal);
    case "hush":
      return engine.hush();
    case "ask":
    case "say":
      return engine.command({ kind: command.command, text: command.text });
    case "interrupt":
      return engine.command({ kind: "interrupt" });
    case "summary":
      return tell({ kind: "summary", summary: engine.summary() });
    case "stop":
      return stop.abort(STOPPED);
    default:
      throw new BunrakuError(
        "input",
        "the command is unknown; use play, hush, ask, say, interrupt, summary or stop",
      );
  }
};

const STOPPED = new Error("the engine was told to stop");

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { options: { type: "string" }, origin: { type: "string" } } });
  const options = headlessOptions.parse(JSON.parse(values.options ?? "{}"));
  const truth = values.origin === undefined ? {} : { truth: new SystemClock(BigInt(values.origin)) };
  const engine = new HeadlessEngine({ ...options, ...truth });
  const stop = new AbortController();
  const take = (command: Command): void => {
    obey(engine, stop, command).catch((error: unknown) => tell({ kind: "error", message: reasonOf(error) }));
  };
  process.on("message", take);
  process.on("disconnect", () => stop.abort(STOPPED));
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => stop.abort(STOPPED));
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    try {
      take(JSON.parse(line) as Command);
    } catch {
      tell({ kind: "error", message: "a command must be one JSON object a line" });
    }
  });
  // With IPC the parent is watched there; without, the end of stdin is the end of the parent.
  if (process.send === undefined) lines.on("close", () => stop.abort(STOPPED));
  const telling = (async (): Promise<void> => {
    for await (const event of engine.events) tell(event);
  })();
  try {
    await engine.run(stop.signal);
    await telling;
  } catch (error) {
    if (!isAbort(error, stop.signal)) {
      tell({ kind: "error", message: reasonOf(error) });
      process.exitCode = 1;
    }
  }
  lines.close();
  process.stdin.unref?.();
  if (process.connected) process.disconnect();
};

await main();
