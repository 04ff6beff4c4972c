import { expect, test } from "vitest";
import type { TurnId } from "../../../bridge/core/frames.ts";
import { fromMillis } from "../../../bridge/core/time.ts";
import { Lines } from "../../../bridge/sync/lines.ts";

const turn = 3 as TurnId;
const ms = fromMillis;

test("an English clause that was cut keeps whole words only", () => {
  const lines = new Lines();
  lines.add(turn, { text: "Hello there.", offset: ms(0), length: ms(1_000) });
  lines.add(turn, { text: "I have seen the sea today.", offset: ms(1_100), length: ms(2_000) });
  expect(lines.heard(turn, ms(0))).toBe("");
  expect(lines.heard(turn, ms(1_050))).toBe("Hello there.");
  expect(lines.heard(turn, ms(2_100))).toBe("Hello there. I have seen");
  expect(lines.heard(turn, ms(3_100))).toBe("Hello there. I have seen the sea today.");
});

test("a Chinese clause that was cut keeps the characters that were heard, not the sentence", () => {
  const lines = new Lines();
  lines.add(turn, { text: "今天给大家介绍一款新产品，", offset: ms(0), length: ms(2_600) });
  lines.add(turn, { text: "它的价格是九十九元。", offset: ms(2_600), length: ms(2_000) });
  expect(lines.heard(turn, ms(1_300))).toBe("今天给大家介");
  expect(lines.heard(turn, ms(3_600))).toBe("今天给大家介绍一款新产品，它的价格是");
});

test("later pieces of a clause lengthen it", () => {
  const lines = new Lines();
  lines.add(turn, { text: "One two three four.", offset: ms(0), length: ms(500) });
  lines.add(turn, { text: "", offset: ms(500), length: ms(1_500) });
  expect(lines.heard(turn, ms(1_000))).toBe("One two");
});
