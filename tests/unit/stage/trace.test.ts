import { expect, test } from "vitest";
import { Trace } from "../../../bridge/stage/face/trace.ts";

const entry = (heardPts: number) => ({
  heardPts,
  presentedPts: heardPts,
  gap: 0,
  rms: 0,
  jawOpen: 0,
  mouthClose: 0,
  playing: false,
});

test("entries come oldest first and never exceed the capacity", () => {
  const trace = new Trace(4);
  expect(trace.newest).toBeUndefined();
  for (let i = 1; i <= 10; i++) {
    trace.push(entry(i));
    expect(trace.newest?.heardPts).toBe(i);
    expect(trace.entries().map(({ heardPts }) => heardPts)).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].slice(Math.max(0, i - 4), i),
    );
  }
});

test("what was handed out does not change afterwards", () => {
  const trace = new Trace(2);
  trace.push(entry(1));
  const before = trace.entries();
  trace.push(entry(2));
  expect(before).toHaveLength(1);
});
