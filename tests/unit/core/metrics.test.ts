import { expect, test } from "vitest";
import { Metrics, quantile } from "../../../bridge/core/metrics.ts";

test("counters add up, gauges are replaced, and both print as Prometheus reads them", () => {
  const metrics = new Metrics();
  metrics.count("frames_total", "Frames sent", 1, { engine: "page" });
  metrics.count("frames_total", "Frames sent", 2, { engine: "page" });
  metrics.count("frames_total", "Frames sent", 5, { engine: "plugin" });
  metrics.gauge("links", "Open links", 3);
  metrics.gauge("links", "Open links", 2);
  expect(metrics.print()).toBe(
    [
      "# HELP frames_total Frames sent",
      "# TYPE frames_total counter",
      'frames_total{engine="page"} 3',
      'frames_total{engine="plugin"} 5',
      "# HELP links Open links",
      "# TYPE links gauge",
      "links 2",
      "",
    ].join("\n"),
  );
});

test("a summary tells quantiles of its newest thousand observations, and the sum and count of all", () => {
  const metrics = new Metrics();
  for (let i = 0; i < 2_048; i++) metrics.observe("late_ms", "Lateness", i < 1_024 ? 1_000_000 : i - 1_023);
  const text = metrics.print();
  expect(text).toContain('late_ms{quantile="0.5"} 512');
  expect(text).toContain('late_ms{quantile="0.99"} 1014');
  expect(text).toContain("late_ms_count 2048");
});

test("a label that takes ever new values cannot eat memory", () => {
  const metrics = new Metrics();
  for (let i = 0; i < 5_000; i++) metrics.count("hits", "Hits", 1, { path: `/${i}` });
  const lines = metrics
    .print()
    .split("\n")
    .filter((line) => line.startsWith("hits{"));
  expect(lines.length).toBeLessThanOrEqual(257);
  expect(lines.find((line) => line.includes("overflow"))).toBe('hits{overflow="true"} 4744');
});

test("a label cannot break out of its line", () => {
  const metrics = new Metrics();
  metrics.gauge("g", "G", 1, { name: 'a"} 9\nfake 1' });
  expect(metrics.print().split("\n")).toContain('g{name="a_} 9_fake 1"} 1');
});

test("a quantile is one of the values, and none of nothing", () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2);
  expect(quantile([1, 2, 3, 4], 1)).toBe(4);
  expect(quantile([1, 2, 3, 4], 0)).toBe(1);
  expect(quantile([], 0.5)).toBeNaN();
});
