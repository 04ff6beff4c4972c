import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Channel } from "../../bridge/core/channel.ts";

const NEVER = new AbortController().signal;

test("a channel never exceeds its capacity, keeps order, and accounts for every item", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 8 }),
      fc.constantFrom("drop-newest" as const, "drop-oldest" as const, "block" as const),
      fc.array(fc.constantFrom("offer", "send", "read", "drain"), { maxLength: 80 }),
      async (capacity, overflow, steps) => {
        const channel = new Channel<number>({ capacity, overflow });
        const reader = channel.read(NEVER);
        const out: number[] = [];
        const sending: Promise<boolean>[] = [];
        let next = 0;
        let refused = 0;
        for (const step of steps) {
          if (step === "offer" && !channel.offer(next++)) refused++;
          if (step === "send") sending.push(channel.send(next++, NEVER));
          if (step === "drain") out.push(...channel.drain());
          if (step === "read" && channel.depth > 0) out.push((await reader.next()).value as number);
          await Promise.resolve();
          expect(channel.depth).toBeLessThanOrEqual(capacity);
        }
        channel.close();
        const taken = await Promise.all(sending);
        refused += taken.filter((sent) => !sent).length;
        for (let item = await reader.next(); item.done !== true; item = await reader.next())
          out.push(item.value);
        // Only senders that wait may be overtaken by an offer; without them the order is that of sending.
        if (overflow !== "block") expect(out).toEqual([...out].sort((a, b) => a - b));
        expect(new Set(out).size).toBe(out.length);
        const lost = overflow === "drop-oldest" ? channel.dropped : 0;
        expect(out.length + refused + lost).toBe(next);
      },
    ),
    { numRuns: 300 },
  );
});
