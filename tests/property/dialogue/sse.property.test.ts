import * as fc from "fast-check";
import { expect, test } from "vitest";
import { HiddenSpans } from "../../../inference/dialogue/llm/hidden.ts";
import { SseReader, type SseEvent } from "../../../inference/dialogue/llm/sse.ts";

/** `whole` cut at `cuts`. */
const cut = <T extends string | Uint8Array>(whole: T, cuts: readonly number[]): T[] => {
  const at = [0, ...[...cuts].map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return at.slice(1).map((end, index) => whole.slice(at[index], end) as T);
};

const eventsOf = (pieces: readonly Uint8Array[]): SseEvent[] => {
  const reader = new SseReader();
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
};

const cuts = fc.array(fc.nat(), { maxLength: 12 });
const stream = fc
  .array(
    fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => `data: ${text}`),
      fc.constantFrom(
        "",
        "",
        ": comment",
        "event: ping",
        "data",
        "data:x",
        "id: 7",
        "retry: 10",
        "nonsense",
        "data: 你好🎭",
      ),
    ),
    { maxLength: 12 },
  )
  .chain((lines) =>
    fc
      .array(fc.constantFrom("\n", "\r\n", "\r"), { minLength: lines.length, maxLength: lines.length })
      .map((ends) => lines.map((line, index) => line + ends[index]).join("")),
  );

test("any partition of a stream of bytes gives the same events", () => {
  fc.assert(
    fc.property(stream, cuts, (text, cuts) => {
      const bytes = new TextEncoder().encode(text);
      expect(eventsOf(cut(bytes, cuts))).toEqual(eventsOf([bytes]));
    }),
  );
});

test("any bytes at all are read without a complaint", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), cuts, (bytes, cuts) => {
      expect(eventsOf(cut(bytes, cuts))).toEqual(eventsOf([bytes]));
    }),
  );
});

test("what was sent is what is read, over several data lines", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ minLength: 1 }).map((line) => line.replace(/[\r\n]/g, " ")),
        { minLength: 1 },
      ),
      (lines) => {
        const text = `${lines.map((line) => `data: ${line}\r\n`).join("")}\r\n`;
        expect(eventsOf([new TextEncoder().encode(text)])).toEqual([
          { event: "message", data: lines.join("\n") },
        ]);
      },
    ),
  );
});

const spoken = (pieces: readonly string[]): string => {
  const hidden = new HiddenSpans();
  return pieces.map((piece) => hidden.push(piece)).join("") + hidden.end();
};

const talk = fc
  .array(
    fc.constantFrom(
      "<think>",
      "</think>",
      "<THINK>",
      "<",
      "think",
      "plan ",
      "hello ",
      "你好",
      "İ",
      "[interrupted]",
      "[",
      "]",
      "<thinking>",
      "</thinking>",
      "—",
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(""));

test("any partition of a model's text hides the same thoughts", () => {
  fc.assert(
    fc.property(talk, cuts, (text, cuts) => {
      expect(spoken(cut(text, cuts))).toBe(spoken([text]));
    }),
  );
});

test("text without marks is spoken to the letter", () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !/[<[]/.test(text)),
      cuts,
      (text, cuts) => {
        expect(spoken(cut(text, cuts))).toBe(text);
      },
    ),
  );
});

test("a thought between marks is not spoken", () => {
  expect(spoken(["Well. <thi", "nk>they are", " wrong</th", "ink>", " Yes.", " —[interrupted]"])).toBe(
    "Well.  Yes. —",
  );
});
