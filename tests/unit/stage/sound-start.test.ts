import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startSound } from "../../../bridge/stage/sound/sound-start.ts";

/** A browser's audio context as far as starting goes. `resumes` is what the machine does with it. */
class Context extends EventTarget {
  state = "suspended";
  readonly #resumes: (context: Context) => Promise<void>;

  constructor(resumes: (context: Context) => Promise<void>) {
    super();
    this.#resumes = resumes;
  }

  resume(): Promise<void> {
    return this.#resumes(this);
  }

  become(state: string): void {
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }
}

// The page's timers are the browser's own.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a context that runs after a moment has sound", async () => {
  const context = new Context(async (started) => started.become("running"));
  await expect(startSound(context)).resolves.toBe(true);
});

test("without an output the context neither starts nor refuses: after three seconds there is no sound", async () => {
  const started = startSound(new Context(() => new Promise(() => undefined)));
  let settled = false;
  void started.then(() => (settled = true));
  await vi.advanceTimersByTimeAsync(2_900);
  expect(settled).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  await expect(started).resolves.toBe(false);
});

test("a browser that refuses at once is not waited for", async () => {
  const refused = startSound(new Context(() => Promise.reject(new Error("no device"))));
  await expect(refused).resolves.toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});

test("an output that appears while we wait counts", async () => {
  const context = new Context(() => new Promise(() => undefined));
  const started = startSound(context);
  await vi.advanceTimersByTimeAsync(1_000);
  context.become("running");
  await expect(started).resolves.toBe(true);
});
