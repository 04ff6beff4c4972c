import { expect, test } from "vitest";
import { BunrakuError } from "../../../bridge/core/errors.ts";
import { fromMillis, fromSeconds, VirtualClock } from "../../../bridge/core/time.ts";
import { assertBind } from "../../../bridge/server/bind.ts";
import { createToken, TokenGate } from "../../../bridge/server/token.ts";

const never = new AbortController().signal;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test("a token holds 256 bits and is never the same twice", () => {
  const tokens = new Set(Array.from({ length: 100 }, createToken));
  expect(tokens.size).toBe(100);
  for (const token of tokens) expect(Buffer.from(token, "base64url")).toHaveLength(32);
});

test("without a token everyone is admitted", async () => {
  const gate = new TokenGate({ token: undefined, clock: new VirtualClock() });
  expect(await gate.admits({}, "10.0.0.1", never)).toBe(true);
});

test("with a token only its bearer is admitted", async () => {
  const token = createToken();
  const gate = new TokenGate({ token, clock: new VirtualClock() });
  expect(await gate.admits({}, "a", never)).toBe(false);
  expect(await gate.admits(bearer(createToken()), "a", never)).toBe(false);
  expect(await gate.admits(bearer(`${token}x`), "a", never)).toBe(false);
  expect(await gate.admits({ authorization: `Basic ${token}` }, "a", never)).toBe(false);
  expect(await gate.admits(bearer(token), "a", never)).toBe(true);
});

test("a login gives a cookie that admits, is not the token, and no script can read", async () => {
  const token = createToken();
  const gate = new TokenGate({ token, clock: new VirtualClock() });
  expect(await gate.login("wrong", "a", never)).toBeUndefined();
  const line = (await gate.login(token, "a", never)) ?? "";
  expect(line).toMatch(/^bunraku=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
  expect(line).not.toContain(token);
  const cookie = line.slice(0, line.indexOf(";"));
  expect(await gate.admits({ cookie: `other=1; ${cookie}` }, "b", never)).toBe(true);
  expect(await gate.admits({ cookie: "bunraku=forged" }, "b", never)).toBe(false);
});

test("an address that keeps guessing waits a second for each further answer, others do not", async () => {
  const clock = new VirtualClock();
  const gate = new TokenGate({ token: createToken(), clock });
  for (let guess = 0; guess < 5; guess++) await gate.admits(bearer("guess"), "guesser", never);
  let answered = false;
  const sixth = gate.admits(bearer("guess"), "guesser", never).then(() => (answered = true));
  await clock.advance(fromMillis(999));
  expect(answered).toBe(false);
  expect(await gate.admits(bearer("typo"), "friend", never)).toBe(false);
  await clock.advance(fromMillis(1));
  await sixth;
  expect(answered).toBe(true);
});

test("guesses are forgotten after a minute", async () => {
  const clock = new VirtualClock();
  const token = createToken();
  const gate = new TokenGate({ token, clock });
  for (let guess = 0; guess < 5; guess++) await gate.admits(bearer("guess"), "a", never);
  await clock.advance(fromSeconds(61));
  expect(await gate.admits(bearer(token), "a", never)).toBe(true);
});

test("a short token is refused", () => {
  expect(() => new TokenGate({ token: "hunter2", clock: new VirtualClock() })).toThrow(/too short/);
});

test.each([
  { host: "127.0.0.1", listen: false, token: undefined },
  { host: "::1", listen: false, token: undefined },
  { host: "localhost", listen: true, token: undefined },
  { host: "0.0.0.0", listen: true, token: "x".repeat(43) },
])("$host may be bound with listen $listen", (bind) => expect(() => assertBind(bind)).not.toThrow());

test.each([
  { host: "0.0.0.0", listen: false, token: undefined, says: /--listen/ },
  { host: "0.0.0.0", listen: false, token: "x".repeat(43), says: /--listen/ },
  { host: "::", listen: true, token: undefined, says: /token/ },
  { host: "192.168.1.20", listen: true, token: undefined, says: /token/ },
])("$host with listen $listen and token $token is refused in a sentence", ({ says, ...bind }) => {
  expect(() => assertBind(bind)).toThrow(says);
  expect(() => assertBind(bind)).toThrow(BunrakuError);
});
