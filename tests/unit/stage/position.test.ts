import { expect, test } from "vitest";
import { PositionRing } from "../../../bridge/stage/sound/position.ts";

const RATE = 48_000;
const at = (frame: number, pts: number) => ({ frame, pts, playing: true, level: 0.1 });

test("before the first report nothing is known to be heard", () => {
  expect(new PositionRing(RATE).at(1_000)).toBeUndefined();
});

test("between two reports the pts runs with the sound, bent rate included", () => {
  const ring = new PositionRing(RATE);
  ring.push(at(0, 5_000_000));
  ring.push(at(480, 5_010_005));
  expect(ring.at(240)?.pts).toBeCloseTo(5_005_002.5, 6);
});

test("a frame past the newest report runs on at the sound's rate", () => {
  const ring = new PositionRing(RATE);
  ring.push(at(0, 1_000_000));
  expect(ring.at(4_800)?.pts).toBe(1_100_000);
});

test("an underrun that froze the playhead freezes what is heard", () => {
  const ring = new PositionRing(RATE);
  ring.push(at(0, 1_000_000));
  ring.push(at(480, 1_000_000));
  expect(ring.at(300)?.pts).toBe(1_000_000);
});

test("a jump of the playhead is taken at its report, not smeared before it", () => {
  const ring = new PositionRing(RATE);
  ring.push(at(0, 1_000_000));
  ring.push(at(512, 9_000_000));
  expect(ring.at(480)?.pts).toBe(1_010_000);
  expect(ring.at(512)?.pts).toBe(9_000_000);
});

test("a report that comes twice or backwards is ignored", () => {
  const ring = new PositionRing(RATE);
  ring.push(at(512, 1_000_000));
  ring.push(at(512, 7_000_000));
  ring.push(at(100, 8_000_000));
  expect(ring.newest?.pts).toBe(1_000_000);
});

test("a day of reports leaves only the newest", () => {
  const ring = new PositionRing(RATE);
  for (let i = 0; i < 100_000; i++) ring.push(at(i * 512, i * 10_667));
  expect(ring.at(0)?.pts).toBeGreaterThan(0);
  expect(ring.newest?.frame).toBe(99_999 * 512);
});
