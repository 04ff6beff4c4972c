import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { BunrakuError } from "../core/errors.ts";
import { fromSeconds, minus, plus, type Clock, type Micros } from "../core/time.ts";

/** A new secret of 256 bits, base64url. */
export const createToken = (): string => randomBytes(32).toString("base64url");

/** Wrong tokens an address may send within `WINDOW` before each further answer waits `PENALTY`. */
const FREE_FAILURES = 5;
const WINDOW = fromSeconds(60);
const PENALTY = fromSeconds(1);
/** Addresses and logins remembered; the oldest is forgotten first. */
const MAX_REMEMBERED = 1_024;
const COOKIE = "bunraku";
/** 128 bits and more: shorter ones could be guessed, and comparing hashes would not help. */
const MIN_TOKEN = 22;

/** Decides who may act. Without a token everyone who passes the guards may. Throws fault `config` on a short token. */
export class TokenGate {
  readonly #clock: Clock;
  readonly #expected: Buffer | undefined;
  readonly #logins = new Set<string>();
  readonly #failures = new Map<string, Micros[]>();

  constructor(options: { token: string | undefined; clock: Clock }) {
    if (options.token !== undefined && options.token.length < MIN_TOKEN)
      throw new BunrakuError(
        "config",
        `The token is too short to keep guests out; use ${MIN_TOKEN} characters or more`,
      );
    this.#clock = options.clock;
    this.#expected = options.token === undefined ? undefined : digest(options.token);
  }

  /** True where a token must be shown. */
  get locked(): boolean {
    return this.#expected !== undefined;
  }

  /** True for a request that carries the token or the cookie of a login. Slow for an address that keeps failing. */
  async admits(headers: IncomingHttpHeaders, address: string, signal: AbortSignal): Promise<boolean> {
    if (this.#expected === undefined) return true;
    const cookie = cookieOf(headers.cookie);
    if (cookie !== undefined && this.#logins.has(hex(cookie))) return true;
    const bearer = /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];
    if (bearer === undefined) return false;
    return this.#matches(bearer, address, signal);
  }

  /** The `Set-Cookie` line for whoever shows the token, or `undefined`. The cookie is not the token. */
  async login(token: string, address: string, signal: AbortSignal): Promise<string | undefined> {
    if (!(await this.#matches(token, address, signal))) return undefined;
    const pass = createToken();
    remember(this.#logins, hex(pass));
    return `${COOKIE}=${pass}; HttpOnly; SameSite=Strict; Path=/`;
  }

  async #matches(token: string, address: string, signal: AbortSignal): Promise<boolean> {
    const recent = (this.#failures.get(address) ?? []).filter((at) => at > minus(this.#clock.now(), WINDOW));
    if (recent.length >= FREE_FAILURES)
      await this.#clock.sleepUntil(plus(this.#clock.now(), PENALTY), signal);
    if (this.#expected !== undefined && timingSafeEqual(digest(token), this.#expected)) return true;
    this.#failures.delete(address);
    this.#failures.set(address, [...recent.slice(1 - FREE_FAILURES), this.#clock.now()]);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_REMEMBERED && oldest !== undefined) this.#failures.delete(oldest);
    return false;
  }
}

const remember = (set: Set<string>, value: string): void => {
  set.add(value);
  const [oldest] = set;
  if (set.size > MAX_REMEMBERED && oldest !== undefined) set.delete(oldest);
};

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
const hex = (text: string): string => digest(text).toString("hex");

const cookieOf = (header: string | undefined): string | undefined => {
  for (const pair of (header ?? "").split(";")) {
    const [name, value] = pair.trim().split("=");
    if (name === COOKIE && value !== undefined && value !== "") return value;
  }
  return undefined;
};
