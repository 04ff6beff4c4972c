import { parentPort } from "node:worker_threads";
import type { FromWorker, ToWorker } from "./messages.ts";
import { reasonOf } from "../../../bridge/core/errors.ts";

/** A reply with the buffers that may be moved instead of copied. */
export interface Reply {
  readonly output: unknown;
  readonly transfer: readonly ArrayBuffer[];
}

/** Answers one request. `cancelled` turns true once nobody waits: look at it between steps and give up. */
export type Answer = (input: unknown, cancelled: () => boolean) => Promise<Reply>;

/** Why a worker could not open its model: the runtime is absent on this machine, or the files are unusable. */
export class OpenError extends Error {
  readonly fault: "device" | "model";

  constructor(fault: "device" | "model", message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.fault = fault;
  }
}

/** Runs this thread as a model worker: opens the files once, then answers requests one after another. */
export const serve = (open: (files: Readonly<Record<string, string>>) => Promise<Answer>): void => {
  const port = parentPort;
  if (port === null) throw new Error("a model worker runs in a worker thread only");
  const say = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, [...transfer]);
  let answer: Answer | undefined;
  let flags: Int32Array = new Int32Array(0);
  let queue: Promise<void> = Promise.resolve();

  const take = async (message: ToWorker): Promise<void> => {
    if (message.kind === "open") {
      flags = message.flags;
      try {
        answer = await open(message.files);
        say({ kind: "opened" });
      } catch (error) {
        say({
          kind: "refused",
          fault: error instanceof OpenError ? error.fault : "model",
          reason: reasonOf(error),
        });
      }
      return;
    }
    const { slot } = message;
    const cancelled = (): boolean => Atomics.load(flags, slot) === 1;
    if (answer === undefined || cancelled()) return say({ kind: "failed", slot, reason: "cancelled" });
    try {
      const { output, transfer } = await answer(message.input, cancelled);
      say({ kind: "answer", slot, output }, transfer);
    } catch (error) {
      say({ kind: "failed", slot, reason: reasonOf(error) });
    }
  };

  port.on("message", (message: ToWorker) => {
    queue = queue.then(() => take(message));
  });
};
