import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BunrakuError } from "../../../bridge/core/errors.ts";
import { conversationStage } from "../../support/conversation-stage.ts";

const mind = fc.array(
  fc.oneof(
    fc.constantFrom("One two. ", "three, ", "四五六。", "seven", "…", ""),
    fc.integer({ min: 1, max: 900 }),
    fc.constant({ hang: true } as const),
    fc.constant(new BunrakuError("unreachable", "Gone.")),
  ),
  { maxLength: 6 },
);

const step = fc.oneof(
  fc.constantFrom(
    "onset",
    "turn",
    "nothing",
    "ask",
    "say",
    "greet",
    "interrupt",
    "freeze",
    "thaw",
    "break",
    "mend",
  ),
  fc.integer({ min: 0, max: 3_000 }),
);

test(
  "in any order of events no two turns speak at once, and silence follows a close",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(mind, { minLength: 1, maxLength: 4 }),
        fc.array(step, { maxLength: 25 }),
        async (minds, steps) => {
          let question = 0;
          const it = conversationStage(() => minds[question++ % minds.length] ?? []);
          const waits: Promise<void>[] = [];
          const act: Readonly<Record<string, () => void>> = {
            onset: it.onset,
            turn: () => it.userSays("Hello 你好"),
            nothing: it.nothing,
            ask: () => it.conversation.ask("And now?"),
            say: () => it.conversation.say("A line."),
            greet: () => it.conversation.greet(),
            interrupt: () => void waits.push(it.conversation.interrupt()),
            freeze: () => void (it.stage.frozen = true),
            thaw: () => void (it.stage.frozen = false),
            break: () => void (it.voice.breaksAt = "t"),
            mend: () => void (it.voice.breaksAt = undefined),
          };
          for (const one of steps) {
            if (typeof one === "number") await it.ms(one);
            else act[one]?.();
          }
          expect(it.stage.wrongs).toEqual([]);
          // Every turn was heard at most once, in order.
          const turns = it.events.flatMap((event) => (event.kind === "heard" ? [event.heard.turn] : []));
          expect(turns).toEqual([...new Set(turns)].sort((a, b) => a - b));
          const before = it.events.length;
          const closed = it.conversation.close();
          await it.ms(4_000);
          await closed;
          await Promise.all(waits);
          await it.ms(100_000);
          expect(it.events.length).toBe(before);
          expect(it.stage.wrongs).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  },
);

test(
  "left alone with a healthy mind, a conversation always comes to rest",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const it = conversationStage(() => ["One two. ", 200, "Three."]);
        for (const one of steps) {
          if (typeof one === "number") await it.ms(one);
          else if (one === "onset") it.onset();
          else if (one === "turn") it.userSays("Hello");
          else if (one === "ask") it.conversation.ask("And now?");
          else if (one === "say") it.conversation.say("A line.");
        }
        it.userSays("Well?");
        await it.ms(60_000);
        expect(it.conversation.state).toBe("idle");
        expect(it.events.filter((event) => event.kind === "heard").at(-1)).toBeDefined();
      }),
      { numRuns: 40 },
    );
  },
);
