import { expect, test } from "vitest";
import type { PuppetId, TurnId } from "../../../bridge/core/frames.ts";
import { silentLog } from "../../../bridge/core/log.ts";
import { Metrics } from "../../../bridge/core/metrics.ts";
import { fromMillis, fromSeconds, VirtualClock, type Micros } from "../../../bridge/core/time.ts";
import { Link } from "../../../bridge/engines/link.ts";
import { Playout } from "../../../bridge/sync/playout.ts";
import { decode } from "../../../bridge/wire/decode.ts";
import { encode } from "../../../bridge/wire/encode.ts";
import type { ConsoleEvent, Message } from "../../../bridge/wire/messages.ts";
import { AgentVoice } from "../../../cli/daemon/agent-voice.ts";
import { StagePerformance } from "../../../cli/daemon/performance.ts";
import { Performer } from "../../../inference/animation/performer.ts";
import { socketPair } from "../../support/socket-pair.ts";

const puppet = "hana" as PuppetId;
const RATE = 16_000;

/** A voice in memory, on a puppet that nobody renders: what is due is heard by the clock. */
const setup = () => {
  const clock = new VirtualClock(fromSeconds(1));
  const stop = new AbortController();
  const performer = new Performer({ puppet, seed: 1 });
  const delay = fromMillis(60);
  const playout = new Playout({
    puppet,
    clock,
    log: silentLog,
    metrics: new Metrics(),
    delay,
    poses: performer,
  });
  const running = playout.run(stop.signal);
  const told: ConsoleEvent[] = [];
  const speaking: boolean[] = [];
  let turn = 0;
  let hushed = 0;
  const voices = new AgentVoice({
    puppet,
    lang: "en",
    clock,
    log: silentLog,
    performance: new StagePerformance({ clock, playout, performer, tell: (event) => void told.push(event) }),
    heardUpTo: (id) => playout.heardUpTo(id),
    nextTurn: () => ++turn as TurnId,
    hush: () => Promise.resolve(void hushed++),
    speaking: (on) => void speaking.push(on),
    tell: (event) => void told.push(event),
  });

  /** Connects another voice. */
  const join = async (name: string) => {
    const { near, far } = socketPair();
    const link = new Link({
      socket: near,
      clock,
      log: silentLog,
      session: "0123456789abcdef",
      lang: "en",
      puppets: [{ puppet, subject: "Hana" }],
      listener: {
        opened: (opened) => voices.add(opened),
        heard: () => undefined,
        command: (from, _id, command) => {
          if (command.kind === "words") voices.words(from, command.words);
        },
        voice: (from, _id, sound) => voices.push(from, sound),
        voiceEnded: (from, _id, end) => voices.end(from, end),
        audibleChanged: () => undefined,
      },
    });
    void link.run(stop.signal).finally(() => voices.remove(link));
    const say = async (message: Message): Promise<void> => {
      far.deliver(encode(message, 0));
      await clock.advance(0 as Micros);
    };
    await say({ type: "hello", body: { role: "voice", name, minor: 0, audible: false } });
    const all = (): Message[] =>
      far.sent.map((bytes) => decode(bytes).message).filter((message) => message !== undefined);
    return {
      far,
      say,
      /** Streams sound at once. */
      speak: async (seconds: number): Promise<void> => {
        for (let i = 0; i < seconds * 50; i++) {
          const pcm = new Int16Array(320).fill(i % 2 === 0 ? 8_000 : -8_000);
          far.deliver(encode({ type: "voice", handle: 1, at: 0 as Micros, sampleRate: RATE, pcm }, 0));
          if (i % 50 === 49) await clock.advance(0 as Micros);
        }
        await clock.advance(0 as Micros);
      },
      end: (number: number): Promise<void> =>
        say({ type: "finish", handle: 1, turn: number, pts: 0 as Micros }),
      flush: (number: number): Promise<void> =>
        say({ type: "flush", handle: 1, turn: number, fade: 0 as Micros }),
      heard: (): string[] =>
        all().flatMap((m) => (m.type === "heard" && m.state !== "playing" ? [`${m.turn} ${m.state}`] : [])),
      upTo: (number: number): number =>
        all().findLast((m) => m.type === "heard" && m.turn === number)?.type === "heard"
          ? (all().findLast((m) => m.type === "heard" && m.turn === number) as { upTo: number }).upTo
          : Number.NaN,
      errors: (): string[] => all().flatMap((m) => (m.type === "error" ? [m.body.message] : [])),
    };
  };
  return {
    clock,
    voices,
    told,
    speaking,
    hushes: () => hushed,
    join,
    close: async () => {
      const closed = voices.close();
      await clock.advance(fromSeconds(1));
      await closed;
      stop.abort(new Error("over"));
      await running;
    },
  };
};

test("a turn hushes the puppet, is heard, and is ended with its length", async () => {
  const { clock, join, speaking, hushes, told, close } = setup();
  const voice = await join("a");
  await voice.speak(2);
  await voice.end(1);
  await clock.advance(fromSeconds(1));
  expect(voice.heard()).toEqual(["1 started"]);
  await clock.advance(fromSeconds(2));
  expect(voice.heard()).toEqual(["1 started", "1 ended"]);
  expect(Math.abs(voice.upTo(1) - fromSeconds(2))).toBeLessThan(fromMillis(1));
  expect(hushes()).toBe(1);
  expect(speaking).toEqual([true, false]);
  expect(told.at(-1)).toMatchObject({ kind: "heard", turn: 1, interrupted: false });
  await close();
});

test("a voice that sends faster than it is heard waits: only seconds of it are on their way", async () => {
  const { clock, join, close } = setup();
  const voice = await join("a");
  await voice.speak(30);
  await voice.end(1);
  await clock.advance(fromSeconds(1));
  await voice.flush(1);
  await clock.advance(fromSeconds(1));
  expect(voice.heard()).toEqual(["1 started", "1 flushed"]);
  expect(voice.upTo(1)).toBeLessThan(fromSeconds(1.1));
  expect(voice.errors()).toEqual([]);
  await close();
});

test("a second voice speaks after the first", async () => {
  const { clock, join, close } = setup();
  const [first, second] = [await join("a"), await join("b")];
  await first.speak(1);
  await second.speak(1);
  await second.end(1);
  await clock.advance(fromMillis(500));
  expect(first.heard()).toEqual(["1 started"]);
  expect(second.heard()).toEqual([]);
  await first.end(1);
  await clock.advance(fromSeconds(3));
  expect(first.heard()).toEqual(["1 started", "1 ended"]);
  expect(second.heard()).toEqual(["1 started", "1 ended"]);
  await close();
});

test("an interruption stops the turn that sounds and those that wait, and says so once each", async () => {
  const { clock, join, voices, close } = setup();
  const voice = await join("a");
  for (const turn of [1, 2]) {
    await voice.speak(2);
    await voice.end(turn);
  }
  await clock.advance(fromMillis(800));
  voices.interrupt();
  await clock.advance(fromSeconds(1));
  expect(voice.heard()).toEqual(["1 started", "1 flushed", "2 flushed"]);
  expect(voice.upTo(2)).toBe(0);
  await voice.speak(1);
  await voice.end(3);
  await clock.advance(fromSeconds(2));
  expect(voice.heard().slice(3)).toEqual(["3 started", "3 ended"]);
  await close();
});

test("more than four turns ahead are left out, in words", async () => {
  const { clock, join, close } = setup();
  const voice = await join("a");
  for (let turn = 1; turn <= 5; turn++) {
    await voice.speak(1);
    await voice.end(turn);
  }
  expect(voice.heard()).toContain("5 flushed");
  expect(voice.errors()).toEqual([expect.stringContaining("turn 5 is left out")]);
  await clock.advance(fromSeconds(6));
  expect(voice.heard()).toContain("4 ended");
  await close();
});

test("a voice whose link is lost is heard to the end of what it has sent", async () => {
  const { clock, join, voices, told, close } = setup();
  const voice = await join("a");
  await voice.speak(1);
  voice.far.hangUp();
  await clock.advance(fromSeconds(3));
  expect(voices.attached).toBe(false);
  expect(told.at(-1)).toMatchObject({ kind: "heard", turn: 1, interrupted: false });
  await close();
});

test("a turn that is never ended ends after ten seconds of silence, and the next one sounds", async () => {
  const { clock, join, close } = setup();
  const voice = await join("a");
  await voice.speak(1);
  await clock.advance(fromSeconds(9));
  expect(voice.heard()).toEqual(["1 started"]);
  await clock.advance(fromSeconds(3));
  expect(voice.heard()).toEqual(["1 started", "1 ended"]);
  await voice.end(1);
  await voice.speak(1);
  await voice.end(2);
  await clock.advance(fromSeconds(3));
  expect(voice.heard().slice(2)).toEqual(["2 started", "2 ended"]);
  await close();
});

test("a turn without any sound ends at once, unheard", async () => {
  const { clock, join, close } = setup();
  const voice = await join("a");
  const words = [{ text: "Silence.", start: 0 as Micros, end: fromMillis(500) }];
  await voice.say({ type: "command", handle: 1, body: { kind: "words", words } });
  await voice.end(1);
  await clock.advance(fromSeconds(1));
  expect(voice.heard()).toEqual(["1 ended"]);
  expect(voice.upTo(1)).toBe(0);
  await close();
});

test("a flush of a turn that is over is answered, one of a turn to come is refused", async () => {
  const { clock, join, close } = setup();
  const voice = await join("a");
  await voice.speak(1);
  await voice.end(1);
  await clock.advance(fromSeconds(2));
  await voice.flush(1);
  await voice.flush(2);
  expect(voice.heard()).toEqual(["1 started", "1 ended", "1 flushed"]);
  expect(voice.errors()).toEqual([expect.stringContaining("a flush of turn 2")]);
  await close();
});
