import { describe, expect, test } from "vitest";
import { Channel } from "../../../bridge/core/channel.ts";

const NEVER = new AbortController().signal;
const collect = async <T>(channel: Channel<T>, signal = NEVER): Promise<T[]> => {
  const items: T[] = [];
  for await (const item of channel.read(signal)) items.push(item);
  return items;
};

describe("a full channel", () => {
  test("refuses the newest and counts it", async () => {
    const channel = new Channel<number>({ capacity: 2, overflow: "drop-newest" });
    expect([1, 2, 3].map((item) => channel.offer(item))).toEqual([true, true, false]);
    expect(channel.dropped).toBe(1);
    channel.close();
    expect(await collect(channel)).toEqual([1, 2]);
  });

  test("gives up the oldest and counts it", async () => {
    const channel = new Channel<number>({ capacity: 2, overflow: "drop-oldest" });
    expect([1, 2, 3].map((item) => channel.offer(item))).toEqual([true, true, true]);
    expect(channel.dropped).toBe(1);
    channel.close();
    expect(await collect(channel)).toEqual([2, 3]);
  });

  test("lets the sender wait until the reader has taken one", async () => {
    const channel = new Channel<number>({ capacity: 1, overflow: "block" });
    expect(await channel.send(1, NEVER)).toBe(true);
    expect(channel.offer(2)).toBe(false);
    expect(channel.dropped).toBe(0);
    let sent = false;
    const sending = channel.send(2, NEVER).then((taken) => (sent = taken));
    await Promise.resolve();
    expect(sent).toBe(false);
    const reader = channel.read(NEVER);
    expect((await reader.next()).value).toBe(1);
    await sending;
    expect(sent).toBe(true);
    expect((await reader.next()).value).toBe(2);
  });

  test("stops waiting when the signal is aborted", async () => {
    const channel = new Channel<number>({ capacity: 1, overflow: "block" });
    channel.offer(1);
    const stop = new AbortController();
    const sending = channel.send(2, stop.signal);
    stop.abort(new Error("barge-in"));
    await expect(sending).rejects.toThrow("barge-in");
    expect(channel.depth).toBe(1);
  });
});

describe("a closed channel", () => {
  test("takes nothing more, and is read to its end", async () => {
    const channel = new Channel<string>({ capacity: 4, overflow: "block" });
    channel.offer("a");
    channel.close();
    expect(channel.closed).toBe(true);
    expect(channel.offer("b")).toBe(false);
    expect(await channel.send("c", NEVER)).toBe(false);
    expect(await collect(channel)).toEqual(["a"]);
  });

  test("throws its error to the reader, after what was queued", async () => {
    const channel = new Channel<string>({ capacity: 4, overflow: "block" });
    channel.offer("a");
    channel.close(new Error("the microphone is gone"));
    const reader = channel.read(NEVER);
    expect((await reader.next()).value).toBe("a");
    await expect(reader.next()).rejects.toThrow("the microphone is gone");
  });

  test("wakes a reader and a sender that wait", async () => {
    const empty = new Channel<number>({ capacity: 1, overflow: "block" });
    const reading = collect(empty);
    const full = new Channel<number>({ capacity: 1, overflow: "block" });
    full.offer(1);
    const sending = full.send(2, NEVER);
    empty.close();
    full.close();
    expect(await reading).toEqual([]);
    expect(await sending).toBe(false);
  });
});

test("a reader stops when its signal is aborted", async () => {
  const channel = new Channel<number>({ capacity: 1, overflow: "block" });
  const stop = new AbortController();
  const reading = collect(channel, stop.signal);
  stop.abort(new Error("stopped"));
  await expect(reading).rejects.toThrow("stopped");
});

test("draining empties the queue and makes room", async () => {
  const channel = new Channel<number>({ capacity: 2, overflow: "block" });
  channel.offer(1);
  channel.offer(2);
  const sending = channel.send(3, NEVER);
  expect(channel.drain()).toEqual([1, 2]);
  expect(await sending).toBe(true);
  expect(channel.depth).toBe(1);
});

test("a channel without capacity is refused", () => {
  expect(() => new Channel({ capacity: 0, overflow: "block" })).toThrow(RangeError);
  expect(() => new Channel({ capacity: 1.5, overflow: "block" })).toThrow(RangeError);
});
