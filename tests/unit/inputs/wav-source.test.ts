import { expect, test } from "vitest";
import { fromMillis, VirtualClock } from "../../../bridge/core/time.ts";
import { earSamples, wavSource, type EarPiece } from "../../../inference/inputs/wav-source.ts";

const NEVER = new AbortController().signal;

const start = (
  samples: Float32Array,
  clock: VirtualClock,
  options: { silence?: number; signal?: AbortSignal } = {},
) => {
  const heard: (EarPiece & { readonly heardAt: number })[] = [];
  const source = wavSource(samples, {
    clock,
    signal: options.signal ?? NEVER,
    silence: fromMillis(options.silence ?? 0),
  });
  const done = (async () => {
    for await (const piece of source) heard.push({ ...piece, heardAt: clock.now() });
  })();
  return { heard, done };
};

test("a file is heard as it would be live: each 20 ms once they are over", async () => {
  const clock = new VirtualClock(fromMillis(1_000));
  const { heard, done } = start(
    Float32Array.from({ length: 800 }, (_, i) => i),
    clock,
  );
  await clock.advance(fromMillis(20));
  expect(heard).toHaveLength(1);
  await clock.advance(fromMillis(100));
  await done;
  expect(heard.map(({ at, heardAt, samples }) => [at, heardAt, samples.length, samples[0]])).toEqual([
    [fromMillis(1_000), fromMillis(1_020), 320, 0],
    [fromMillis(1_020), fromMillis(1_040), 320, 320],
    [fromMillis(1_040), fromMillis(1_050), 160, 640],
  ]);
});

test("silence follows the sound where it is asked for", async () => {
  const clock = new VirtualClock();
  const { heard, done } = start(new Float32Array(400).fill(0.5), clock, { silence: 30 });
  await clock.advance(fromMillis(200));
  await done;
  const all = heard.flatMap(({ samples }) => [...samples]);
  expect([all.length, all[399], all[400], all.at(-1)]).toEqual([880, 0.5, 0, 0]);
});

test("an aborted source stops at once", async () => {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const { done } = start(new Float32Array(16_000), clock, { signal: stop.signal });
  const reason = new Error("quit");
  stop.abort(reason);
  await expect(done).rejects.toBe(reason);
});

test("a file of another rate is heard at 16 kHz", () => {
  expect(
    earSamples({ samples: new Float32Array(4_800), sampleRate: 48_000, channels: 1, truncated: false }),
  ).toHaveLength(1_600);
});
