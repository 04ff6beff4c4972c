import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostAllowed, originAllowed, refusalOf, type Guarded } from "../../../bridge/server/guards.ts";

const guarded: Guarded = { port: 7311, allowedHosts: ["stage.local", "show.example:443"] };

describe("the Host header", () => {
  test.each([
    "127.0.0.1:7311",
    "localhost:7311",
    "LOCALHOST:7311",
    "[::1]:7311",
    "192.168.1.20:7311",
    "stage.local:7311",
    "show.example:443",
  ])("%s is ours", (host) => expect(hostAllowed(host, guarded)).toBe(true));

  test.each([
    undefined,
    "",
    "evil.example:7311",
    "localhost",
    "localhost:80",
    "127.0.0.1:7312",
    "stage.local",
    "show.example:7312",
    "localhost:7311.evil.example",
    "localhost@evil.example:7311",
    "127.0.0.1.evil.example:7311",
    "[::1%eth0]:7311",
    "localhost:7311\t",
    "localhost.:7311",
    "127.1:7311",
    "0x7f.1:7311",
    "[::g]:7311",
    "localhost:073110",
  ])("%s is not", (host) => expect(hostAllowed(host, guarded)).toBe(false));

  test("a name without a port means port 80", () => {
    expect(hostAllowed("localhost", { port: 80, allowedHosts: [] })).toBe(true);
  });

  test("no random name gets in", () => {
    fc.assert(
      fc.property(fc.domain(), fc.integer({ min: 0, max: 65_535 }), (name, port) => {
        expect(hostAllowed(`${name}:${port}`, { port: 7311, allowedHosts: [] })).toBe(false);
      }),
    );
  });
});

describe("the Origin header", () => {
  const to = "127.0.0.1:7311";

  test.each([
    undefined,
    "http://127.0.0.1:7311",
    "http://localhost:7311",
    "http://[::1]:7311",
    "https://show.example",
    "http://stage.local:7311",
  ])("%s may talk to us", (origin) => expect(originAllowed(origin, to, guarded)).toBe(true));

  test.each([
    "null",
    "",
    "http://evil.example",
    "http://evil.example:7311",
    "http://localhost",
    "http://localhost:3000",
    "http://192.168.1.66:7311",
    "file://",
    "chrome-extension://abc",
    "http://127.0.0.1:7311@evil.example",
    "http://127.0.0.1:7311/x",
    "ws://127.0.0.1:7311",
  ])("%s may not", (origin) => expect(originAllowed(origin, to, guarded)).toBe(false));

  test("a program on a guest's own machine is not the page we served to it", () => {
    expect(originAllowed("http://localhost:7311", "192.168.1.20:7311", guarded)).toBe(false);
    expect(originAllowed("http://192.168.1.20:7311", "192.168.1.20:7311", guarded)).toBe(true);
  });
});

describe("a request", () => {
  const base = { method: "GET", upgrade: false };
  const host = "localhost:7311";

  test("of a page on another site is refused even without an origin", () => {
    const headers = {
      host,
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "no-cors",
      "sec-fetch-dest": "image",
    };
    expect(refusalOf({ ...base, headers }, guarded)).toBe("cross-site");
  });

  test("that only follows a link to our page is welcome", () => {
    const headers = {
      host,
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
    };
    expect(refusalOf({ ...base, headers }, guarded)).toBeUndefined();
    expect(refusalOf({ ...base, headers, upgrade: true }, guarded)).toBe("cross-site");
    expect(refusalOf({ ...base, headers: { ...headers, "sec-fetch-dest": "iframe" } }, guarded)).toBe(
      "cross-site",
    );
  });

  test("of another port of this machine is refused", () => {
    const headers = {
      host,
      "sec-fetch-site": "same-site",
      "sec-fetch-mode": "no-cors",
      "sec-fetch-dest": "script",
    };
    expect(refusalOf({ ...base, headers }, guarded)).toBe("cross-site");
  });

  test.each([
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data",
    "application/jsonx",
    undefined,
  ])("that changes something as %s is refused: a form could send it", (type) =>
    expect(
      refusalOf({ method: "POST", upgrade: false, headers: { host, "content-type": type } }, guarded),
    ).toBe("not-json"),
  );

  test("that changes something as JSON may go on", () => {
    const headers = {
      host,
      origin: "http://localhost:7311",
      "content-type": "application/json; charset=utf-8",
    };
    expect(refusalOf({ method: "POST", upgrade: false, headers }, guarded)).toBeUndefined();
  });
});
