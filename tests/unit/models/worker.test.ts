import { afterEach, describe, expect, test } from "vitest";
import { ModelWorker } from "../../../inference/models/worker/host.ts";
import {
  firstToken,
  keptLength,
  repeats,
  runawayLimit,
  withoutLoop,
} from "../../../inference/models/worker/decode-guard.ts";
import { VAD_ITEM, VAD_OUTPUT } from "../../../inference/models/worker/silero-shape.ts";
import { modelOrSkip } from "../../support/model-store.ts";

const NEVER = new AbortController().signal;
const model = await modelOrSkip("silero-vad/model");

describe.skipIf(model === undefined)(
  "a model worker (skipped where no registry can be reached for its model)",
  () => {
    const open: ModelWorker[] = [];
    const worker = (): ModelWorker => {
      const made = new ModelWorker({ family: "silero", files: { model: model ?? "" } });
      open.push(made);
      return made;
    };
    afterEach(async () => {
      for (const made of open.splice(0)) await made.close();
    });

    test("answers with as many items as it was asked, and moves the buffer instead of copying it", async () => {
      const input = new Float32Array(3 * VAD_ITEM);
      const output = await worker().call(input, { signal: NEVER, transfer: [input.buffer] });
      expect(output).toHaveLength(3 * VAD_OUTPUT);
      expect(input).toHaveLength(0);
    });

    test("an aborted request frees its caller at once, and the next is answered", async () => {
      const made = worker();
      const stop = new AbortController();
      const reason = new Error("barge-in");
      const waiting = made.call(new Float32Array(VAD_ITEM), { signal: stop.signal });
      stop.abort(reason);
      await expect(waiting).rejects.toBe(reason);
      expect(await made.call(new Float32Array(VAD_ITEM), { signal: NEVER })).toHaveLength(VAD_OUTPUT);
    });

    test("more requests than it can hold are refused, not queued", async () => {
      const made = worker();
      await made.open(NEVER);
      const calls = Array.from({ length: 80 }, () =>
        made.call(new Float32Array(VAD_ITEM), { signal: new AbortController().signal }),
      );
      const settled = await Promise.allSettled(calls);
      const refused = settled
        .filter((call) => call.status === "rejected")
        .map(({ reason }) => reason as unknown);
      expect(refused).toHaveLength(16);
      for (const error of refused) expect(error).toMatchObject({ fault: "rate-limit" });
      expect(await made.call(new Float32Array(VAD_ITEM), { signal: NEVER })).toHaveLength(VAD_OUTPUT);
    });

    test("a request the model cannot read is a model fault, and the worker lives on", async () => {
      const made = worker();
      await expect(made.call(new Float32Array(7), { signal: NEVER })).rejects.toMatchObject({
        fault: "model",
      });
      expect(made.status().status).toBe("ready");
    });

    test("closing refuses those who wait, and everyone after", async () => {
      const made = worker();
      await made.open(NEVER);
      const waiting = made.call(new Float32Array(VAD_ITEM), { signal: NEVER });
      const refused = expect(waiting).rejects.toMatchObject({ fault: "model" });
      await made.close();
      await refused;
      await expect(made.call(new Float32Array(VAD_ITEM), { signal: NEVER })).rejects.toMatchObject({
        fault: "model",
      });
      expect(made.status().status).toBe("stopped");
    });
  },
);

test("a model file that is missing is a model fault, each time it is asked", async () => {
  const made = new ModelWorker({ family: "silero", files: {} });
  await expect(made.open(NEVER)).rejects.toMatchObject({ fault: "model" });
  await expect(made.open(NEVER)).rejects.toMatchObject({ fault: "model" });
  expect(made.status().status).toBe("degraded");
  await made.close();
});

describe("decoding", () => {
  test("a draft is kept as far as the decoder agrees", () => {
    expect(keptLength([4, 5, 6], [4, 5, 6, 7])).toBe(3);
    expect(keptLength([4, 5, 6], [4, 9, 6, 7])).toBe(1);
    expect(keptLength([], [4])).toBe(0);
  });

  test("a loop is a phrase five times over, and is said once", () => {
    const once = [7, 8, 9];
    const looping = [1, 2, ...once, ...once, ...once, ...once, ...once];
    expect(repeats(looping)).toBe(true);
    expect(withoutLoop(looping)).toEqual([1, 2, 7, 8, 9]);
  });

  test("no no no no is not a loop yet", () => {
    expect(repeats([5, 3, 3, 3, 3])).toBe(false);
    expect(withoutLoop([5, 3, 3, 3, 3])).toEqual([5, 3, 3, 3, 3]);
  });

  test("a second of sound holds no more than eleven tokens", () => {
    expect(runawayLimit(16_000)).toBe(11);
  });

  test("the end as first token is believed only where no word comes near it", () => {
    const END = 2;
    expect(firstToken(Float32Array.of(-9, 3, 8, 4.4, 4), END)).toBe(END);
    expect(firstToken(Float32Array.of(-9, 3, 8, 4.6, 4), END)).toBe(3);
    expect(firstToken(Float32Array.of(-9, 3, 1, 2, 2.5), END)).toBe(1);
  });
});
