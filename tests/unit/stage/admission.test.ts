import { expect, test } from "vitest";
import { Admission, tokenIn } from "../../../bridge/stage/link/admission.ts";
import type { Refusal } from "../../../bridge/stage/link/admission.ts";

const RIGHT = "the-right-token-of-the-daemon";

/** A daemon's answers as the page sees them; `cookies` false for a browser that keeps none. */
const door = (options: { token?: string; cookies?: boolean; gone?: boolean } = {}) => {
  let cookie = false;
  const shown: string[] = [];
  return {
    shown,
    restart: () => (cookie = false),
    fetch: async (path: string | URL | Request, init?: RequestInit): Promise<Response> => {
      if (options.gone === true) throw new TypeError("Failed to fetch");
      if (path === "/status")
        return new Response(null, { status: options.token === undefined || cookie ? 200 : 401 });
      const { token } = JSON.parse(init?.body as string) as { token: string };
      shown.push(token);
      if (token !== options.token) return new Response(null, { status: 401 });
      cookie = options.cookies !== false;
      return new Response();
    },
  };
};

const prompt = (answers: string[]) => {
  const asked: (Refusal | undefined)[] = [];
  return {
    asked,
    closed: 0,
    ask(refused: Refusal | undefined): Promise<string> {
      asked.push(refused);
      const answer = answers.shift();
      return answer === undefined ? new Promise(() => undefined) : Promise.resolve(answer);
    },
    close(): void {
      this.closed++;
    },
  };
};

test.each([door(), door({ gone: true })])(
  "a daemon without a lock, or none at all, asks for nothing",
  async ({ fetch, shown }) => {
    const asker = prompt([]);
    expect(await new Admission({ fetch, prompt: asker, token: RIGHT }).enter()).toBe(false);
    expect([shown, asker.asked]).toEqual([[], []]);
  },
);

test("a wrong token of the address is followed by the question, and that by the right one", async () => {
  const { fetch, shown } = door({ token: RIGHT });
  const asker = prompt(["typo", RIGHT]);
  expect(await new Admission({ fetch, prompt: asker, token: "old" }).enter()).toBe(true);
  expect(shown).toEqual(["old", "typo", RIGHT]);
  expect(asker).toMatchObject({ asked: ["wrong", "wrong"], closed: 1 });
});

test("a daemon that has started again is shown the same token, without a question", async () => {
  const daemon = door({ token: RIGHT });
  const asker = prompt([RIGHT]);
  const admission = new Admission({ fetch: daemon.fetch, prompt: asker, token: undefined });
  await admission.enter();
  daemon.restart();
  expect(await admission.enter()).toBe(true);
  expect(asker.asked).toEqual([undefined]);
});

test("a browser that keeps no cookie is told so, instead of knocking for ever", async () => {
  const { fetch, shown } = door({ token: RIGHT, cookies: false });
  const asker = prompt([]);
  void new Admission({ fetch, prompt: asker, token: RIGHT }).enter();
  await expect.poll(() => asker.asked).toEqual(["no-cookie"]);
  expect(shown).toEqual([RIGHT]);
});

test("the token of an address is read from its fragment only, percent signs and all", () => {
  expect(tokenIn("#token=a%2Fb+c")).toBe("a/b+c");
  expect(tokenIn("#q=low&token=abc&x=1")).toBe("abc");
  expect(tokenIn("#token=50%")).toBe("50%");
  expect(tokenIn("#nottoken=abc")).toBeUndefined();
  expect(tokenIn("")).toBeUndefined();
});
