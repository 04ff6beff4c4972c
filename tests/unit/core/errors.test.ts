import { describe, expect, test } from "vitest";
import { asBunrakuError, BunrakuError, isAbort, isRetryable, reasonOf } from "../../../bridge/core/errors.ts";

test("an error carries its fault, its sentence and its cause", () => {
  const cause = new Error("ECONNREFUSED");
  const error = new BunrakuError("unreachable", "Unreal does not answer", { cause });
  expect(error).toMatchObject({
    name: "BunrakuError",
    fault: "unreachable",
    message: "Unreal does not answer",
    cause,
  });
});

test("only what may pass by itself is tried again", () => {
  expect(["rate-limit", "unreachable"].map((fault) => isRetryable(fault as never))).toEqual([true, true]);
  expect(["auth", "bug", "config", "protocol"].some((fault) => isRetryable(fault as never))).toBe(false);
});

describe("cancellation", () => {
  test("is the signal's own reason, or an AbortError while it is aborted", () => {
    const stop = new AbortController();
    const abortError = new DOMException("aborted", "AbortError");
    expect(isAbort(abortError, stop.signal)).toBe(false);
    const reason = new Error("barge-in");
    stop.abort(reason);
    expect(isAbort(reason, stop.signal)).toBe(true);
    expect(isAbort(abortError, stop.signal)).toBe(true);
  });

  test("does not hide another failure that happens while stopping", () => {
    const stop = new AbortController();
    stop.abort(new Error("barge-in"));
    expect(isAbort(new Error("disk full"), stop.signal)).toBe(false);
    expect(isAbort("barge-in", stop.signal)).toBe(false);
  });
});

test("whatever is thrown has a reason that can be read", () => {
  expect([new Error("why"), new Error(""), "text", "", undefined, { a: 1 }].map(reasonOf)).toEqual([
    "why",
    "Error",
    "text",
    "unknown error",
    "undefined",
    "[object Object]",
  ]);
});

test("a stranger becomes one of ours, and ours stays as it is", () => {
  const ours = new BunrakuError("auth", "the key is wrong");
  expect(asBunrakuError(ours, "bug")).toBe(ours);
  const cause = new TypeError("x is not a function");
  expect(asBunrakuError(cause)).toMatchObject({ fault: "bug", message: "x is not a function", cause });
  expect(asBunrakuError(cause, "model").fault).toBe("model");
});
