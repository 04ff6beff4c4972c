import { expect, test } from "vitest";
import type { HeardReport } from "../../../bridge/core/engine.ts";
import type { PuppetId, TurnId } from "../../../bridge/core/frames.ts";
import { silentLog } from "../../../bridge/core/log.ts";
import { fromMillis, VirtualClock, type Micros } from "../../../bridge/core/time.ts";
import { Link, type LinkListener } from "../../../bridge/engines/link.ts";
import { decode } from "../../../bridge/wire/decode.ts";
import { encode } from "../../../bridge/wire/encode.ts";
import type { Message } from "../../../bridge/wire/messages.ts";
import { socketPair } from "../../support/socket-pair.ts";

const puppet = "hana" as PuppetId;
const ms = fromMillis;
const HELLO: Message = { type: "hello", body: { role: "page", name: "test", minor: 0, audible: false } };

const setup = () => {
  const clock = new VirtualClock(ms(1_000));
  const { near, far } = socketPair();
  const events: string[] = [];
  const reports: HeardReport[] = [];
  const voices: { at: Micros }[] = [];
  const listener: LinkListener = {
    opened: () => void events.push("opened"),
    heard: (_link, report) => void reports.push(report),
    command: (_link, id, command) => void events.push(`${id}:${command.kind}`),
    voice: (_link, _id, sound) => void voices.push(sound),
    voiceEnded: (_link, id, { turn, how }) => void events.push(`${id}:${how} ${turn}`),
    audibleChanged: (link) => void events.push(`audible ${link.audible()}`),
  };
  const link = new Link({
    socket: near,
    clock,
    log: silentLog,
    session: "0123456789abcdef",
    lang: "en",
    puppets: [{ puppet, subject: "Hana" }],
    listener,
  });
  const stop = new AbortController();
  const running = link.run(stop.signal);
  const messages = (): Message[] =>
    far.sent.map((bytes) => decode(bytes).message).filter((m) => m !== undefined);
  const say = async (message: Message): Promise<void> => {
    far.deliver(encode(message, 0));
    await clock.advance(ms(0));
  };
  return {
    clock,
    far,
    link,
    events,
    reports,
    voices,
    messages,
    say,
    stop: () => (stop.abort(new Error("over")), running),
  };
};

test("a hello is answered with a welcome that names session and puppets", async () => {
  const { say, messages, events, stop } = setup();
  await say(HELLO);
  expect(events).toEqual(["opened"]);
  const welcome = messages().find((message) => message.type === "welcome");
  expect(welcome?.body).toMatchObject({
    session: "0123456789abcdef",
    puppets: [{ handle: 1, puppet, subject: "Hana" }],
  });
  await stop();
});

test("a peer whose clock is elsewhere gets a map that is right to 0.1 ms", async () => {
  const { clock, far, say, messages, stop } = setup();
  await say(HELLO);
  const engineNow = (): number => Math.round(clock.now() * (1 + 200e-6) + 5_000_000_000);
  let answered = 0;
  for (let step = 0; step < 8_000; step++) {
    for (const bytes of far.sent.splice(0)) {
      const { message } = decode(bytes);
      if (message?.type !== "ping") {
        if (message?.type === "clock") far.sent.push(bytes);
        continue;
      }
      await clock.advance(40 as Micros);
      const t2 = engineNow() as Micros;
      far.deliver(encode({ type: "pong", chain: message.chain, t1: message.t1, t2, t3: t2 }, answered++));
      await clock.advance(40 as Micros);
      break;
    }
    if (answered > 200) break;
    await clock.advance(ms(3));
  }
  const map = messages().findLast((message) => message.type === "clock");
  if (map?.type !== "clock") throw new Error("no clock message");
  const predicted = map.engineAt + (clock.now() - map.daemonAt) * (1 + map.skew);
  expect(Math.abs(predicted - engineNow())).toBeLessThan(100);
  expect(map.synchronized).toBe(true);
  await stop();
}, 60_000);

test("a flush resolves with the peer's report, and rejects when the peer goes", async () => {
  const { link, far, clock, say, stop } = setup();
  await say({ ...HELLO, body: { ...HELLO.body, audible: true } });
  const first = link.flush(puppet, 4 as TurnId);
  await say({ type: "heard", handle: 1, turn: 4, state: "flushed", upTo: ms(1_234) });
  expect(await first).toEqual({ puppet, turn: 4, state: "flushed", upTo: ms(1_234) });
  const second = link.flush(puppet, 5 as TurnId);
  const outcome = expect(second).rejects.toMatchObject({ fault: "unreachable" });
  far.hangUp();
  await clock.advance(ms(1));
  await outcome;
  await stop();
});

test("a peer of another major version is told why and shown out", async () => {
  const { far, clock, messages } = setup();
  const bytes = encode(HELLO, 0);
  bytes[2] = 9;
  far.deliver(bytes);
  await clock.advance(ms(1));
  expect(messages()).toContainEqual({
    type: "error",
    body: { fault: "protocol", message: expect.stringContaining("version 9") },
  });
  expect(far.closedWith()).toContain("version 9");
});

test("garbage after a hello is answered with an error each, and the link lives on", async () => {
  const { far, clock, say, events, messages, stop } = setup();
  await say(HELLO);
  far.deliver(Uint8Array.of(1, 2, 3));
  await clock.advance(ms(1));
  await say({ type: "command", handle: 1, body: { kind: "ask", text: "still there?" } });
  expect(events).toContain("hana:ask");
  expect(messages().filter((message) => message.type === "error")).toHaveLength(1);
  expect(far.closedWith()).toBeUndefined();
  await stop();
});

test("a peer that sends nothing but garbage is shown out", async () => {
  const { far, clock, say } = setup();
  await say(HELLO);
  for (let i = 0; i < 25; i++) far.deliver(Uint8Array.of(i));
  await clock.advance(ms(1));
  expect(far.closedWith()).toBeDefined();
});

test("when a page may make sound, the puppets are told", async () => {
  const { say, events, stop } = setup();
  await say(HELLO);
  const report = { fps: 60, paused: false, skewUs: 0, lateFrames: 0, underruns: 0, audioLatencyUs: 0 };
  await say({ type: "status", body: { ...report, audible: true } });
  await say({ type: "status", body: { ...report, audible: true } });
  await say({ type: "status", body: { ...report, audible: false } });
  expect(events).toEqual(["opened", "audible true", "audible false"]);
  await stop();
});

test("a voice may end its turns and stop them; an engine may not", async () => {
  const finish: Message = { type: "finish", handle: 1, turn: 1, pts: ms(0) };
  const flush: Message = { type: "flush", handle: 0, turn: 2, fade: ms(0) };
  const voice = setup();
  await voice.say({ type: "hello", body: { role: "voice", name: "agent", minor: 0, audible: false } });
  await voice.say(finish);
  await voice.say(flush);
  expect(voice.events).toEqual(["opened", "hana:finish 1", "hana:flush 2"]);
  voice.link.tellHeard({ puppet, turn: 2 as TurnId, state: "flushed", upTo: ms(250) });
  expect(voice.messages()).toContainEqual({
    type: "heard",
    handle: 1,
    turn: 2,
    state: "flushed",
    upTo: ms(250),
  });
  await voice.stop();
  const page = setup();
  await page.say(HELLO);
  await page.say(finish);
  expect(page.events).toEqual(["opened"]);
  expect(page.messages()).toContainEqual({
    type: "error",
    body: { fault: "protocol", message: expect.stringContaining("not for the daemon") },
  });
  await page.stop();
});
