import { describe, expect, test } from "vitest";
import { createLog, silentLog, type LogOptions } from "../../../bridge/core/log.ts";

const lines = (options: Partial<LogOptions> = {}): { log: ReturnType<typeof createLog>; out: string[] } => {
  const out: string[] = [];
  return { log: createLog({ level: "debug", write: (line) => out.push(line), ...options }), out };
};

test("a line is its level, its event and its fields as JSON", () => {
  const { log, out } = lines({ stamp: () => "12:00:00.000" });
  log.info("engine connected", { engine: "plugin", fps: 60 });
  log.warn("late");
  expect(out).toEqual([
    '12:00:00.000 info engine connected {"engine":"plugin","fps":60}',
    "12:00:00.000 warn late",
  ]);
});

test("lines under the level are not written", () => {
  const { log, out } = lines({ level: "warn" });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  expect(out).toEqual(["warn c", "error d"]);
});

test("fields that a log carries are in every line, and a line may replace one", () => {
  const { log, out } = lines();
  const bound = log.with({ puppet: "okichi" }).with({ turn: 1 });
  bound.info("speaks");
  bound.info("speaks", { turn: 2 });
  expect(out).toEqual([
    'info speaks {"puppet":"okichi","turn":1}',
    'info speaks {"puppet":"okichi","turn":2}',
  ]);
});

describe("a secret never appears", () => {
  const secrets = ["sk-very-secret", "hunter2hunter2"];

  test("wherever in a line it is", () => {
    const { log, out } = lines({ secrets });
    log.with({ header: "Bearer sk-very-secret" }).error("refused sk-very-secret", {
      url: "https://host/?key=hunter2hunter2&again=hunter2hunter2",
      nested: { deep: ["sk-very-secret"] },
      error: new Error("401 for sk-very-secret"),
    });
    expect(out.join("\n")).not.toMatch(/sk-very-secret|hunter2/);
    expect(out[0]).toContain("[secret]");
  });

  test("and one that is too short to be one does not shred the lines", () => {
    const { log, out } = lines({ secrets: ["", "a", "ab"] });
    log.info("about a cab");
    expect(out).toEqual(["info about a cab"]);
  });
});

test("what is personal is left out where that is asked for, also where it is carried", () => {
  const { log, out } = lines({ hidePii: true });
  log.with({ pii: { name: "Ada" } }).info("turn", { pii: { text: "my address is" }, turn: 3 });
  expect(out).toEqual(['info turn {"turn":3}']);
});

test("fields that are no JSON do not break the line", () => {
  const { log, out } = lines();
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  log.info("odd", { error: new Error("why"), big: 12n });
  log.info("circle", circle);
  expect(out).toEqual(['info odd {"error":"why","big":"12"}', 'info circle {"unprintable":true}']);
});

test("the silent log writes nothing and can carry fields", () => {
  expect(() => silentLog.with({ a: 1 }).error("nobody hears")).not.toThrow();
});
