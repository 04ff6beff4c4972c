import { expect, test } from "vitest";
import { CURVE, CURVE_COUNT } from "../../../bridge/core/arkit.ts";
import { LIFE_BONES } from "../../../bridge/core/skeleton.ts";
import { micros } from "../../../bridge/core/time.ts";
import { Presenter } from "../../../bridge/stage/face/presenter.ts";

const frame = (pts: number, jawOpen: number, turn?: number) => {
  const curves = new Float32Array(CURVE_COUNT);
  curves[CURVE.jawOpen] = jawOpen;
  const bones = Float32Array.from({ length: LIFE_BONES.length * 4 }, (_, i) => (i % 4 === 3 ? 1 : 0));
  return { type: "animation", handle: 0, pts: micros(pts), turn, curves, bones } as const;
};
const heard = (pts: number) => ({ frame: 0, pts, playing: true, level: 0.2 });

test("the face is the one of the pts that is heard, between two frames as well", () => {
  const presenter = new Presenter();
  presenter.take(frame(0, 0));
  presenter.take(frame(16_667, 1));
  presenter.step(heard(8_333.5));
  expect(presenter.curves[CURVE.jawOpen]).toBeCloseTo(0.5, 4);
  expect(presenter.trace.newest).toMatchObject({
    heardPts: 8_334,
    presentedPts: 8_334,
    rms: 0.2,
    playing: true,
  });
  expect(presenter.trace.newest?.gap).toBeCloseTo(1.239, 3);
});

test("a stream that stops is held, and the trace says by how much it is late", () => {
  const presenter = new Presenter();
  presenter.take(frame(10_000, 0.4));
  presenter.step(heard(60_000));
  expect(presenter.trace.newest).toMatchObject({ heardPts: 60_000, presentedPts: 10_000 });
});

test("an empty stage presents nothing", () => {
  const presenter = new Presenter();
  presenter.step(heard(0));
  expect(presenter.trace.newest).toBeUndefined();
});

test("a flushed turn is no longer shown", () => {
  const presenter = new Presenter();
  presenter.take(frame(0, 0));
  presenter.take(frame(16_667, 1, 3));
  presenter.flush(3);
  presenter.take(frame(33_333, 1, 3));
  presenter.step(heard(33_333));
  expect(presenter.curves[CURVE.jawOpen]).toBe(0);
});

test("bones are found by name, whatever their order in the stream", () => {
  const presenter = new Presenter();
  const names = LIFE_BONES.toReversed();
  presenter.describe({
    puppet: "p",
    subject: "s",
    curves: [],
    bones: names.map((name) => ({ name, parent: -1 })),
  });
  const sent = frame(0, 0);
  sent.bones.set([0.6, 0, 0, 0.8], names.indexOf("spine_03") * 4);
  presenter.take(sent);
  presenter.step(heard(0));
  const at = LIFE_BONES.indexOf("spine_03") * 4;
  expect([...presenter.bones.subarray(at, at + 4)].map((part) => Number(part.toFixed(3)))).toEqual([
    0.6, 0, 0, 0.8,
  ]);
});

test("after a lost link turns count anew: what was flushed before is forgotten", () => {
  const presenter = new Presenter();
  presenter.take(frame(0, 1, 9));
  presenter.flush(9);
  presenter.reset();
  presenter.step(heard(0));
  expect(presenter.trace.newest).toBeUndefined();
  presenter.take(frame(0, 0.5, 1));
  presenter.step(heard(0));
  expect(presenter.curves[CURVE.jawOpen]).toBe(0.5);
});
