import type { IncomingMessage, ServerResponse } from "node:http";
import { asBunrakuError, isAbort } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Metrics } from "../core/metrics.ts";
import { failure, failureOf, json, plain, sendAnswer, type Answer } from "./answer.ts";
import { refusalOf, type Guarded, type Refusal } from "./guards.ts";
import { readJson, type RouteHandler, type Routes } from "./routes.ts";
import type { StaticFiles } from "./static-files.ts";
import type { TokenGate } from "./token.ts";

export interface HttpRequestsOptions {
  readonly guarded: () => Guarded;
  readonly gate: TokenGate;
  readonly assets: StaticFiles;
  readonly routes: Routes;
  readonly status: () => object;
  readonly log: Log;
  readonly metrics: Metrics;
}

const REFUSALS: Readonly<Record<Refusal, readonly [status: number, message: string]>> = {
  host: [403, "This daemon does not answer to that name; add it to listen.hosts in the preset"],
  origin: [403, "This daemon does not talk to pages of other sites"],
  "cross-site": [403, "This daemon does not talk to pages of other sites"],
  "not-json": [415, "Send application/json"],
};

/** The guard's answer to a refused request; the connection ends with it, so a refused body is never read. */
export const refusalAnswer = (refusal: Refusal): Answer => {
  const [status, message] = REFUSALS[refusal];
  return { ...failure(status, "auth", message), headers: { Connection: "close" } };
};

/** Answers every HTTP request: guards, then the page, then what needs the token. */
export class HttpRequests {
  readonly #options: HttpRequestsOptions;
  readonly #open: Routes;
  readonly #locked: Routes;

  constructor(options: HttpRequestsOptions) {
    this.#options = options;
    this.#open = { "GET /healthz": async () => ({ ok: true }) };
    this.#locked = { "GET /status": async () => options.status(), ...options.routes };
  }

  /** Never throws and never rejects: whatever happens becomes an answer. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const answer = await this.#answer(request, gone.signal).catch((error: unknown) => {
      if (!isAbort(error, gone.signal)) this.#report(request, error);
      return failureOf(error);
    });
    this.#options.metrics.count("bunraku_http_requests_total", "HTTP requests answered", 1, {
      status: String(answer.status),
    });
    // What is left of a body nobody wanted is not read: the connection ends.
    const whole = request.complete || request.method === "GET" || request.method === "HEAD";
    sendAnswer(response, whole ? answer : { ...answer, headers: { ...answer.headers, Connection: "close" } });
  }

  async #answer(request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
    const { guarded, gate, log } = this.#options;
    const method = request.method ?? "";
    const refusal = refusalOf({ method, headers: request.headers, upgrade: false }, guarded());
    if (refusal !== undefined) {
      log.warn("request refused", { why: refusal, address: addressOf(request), host: request.headers.host });
      return refusalAnswer(refusal);
    }
    const path = pathOf(request.url);
    if (path === undefined) return failure(400, "input", "The address is not valid");
    if (method === "POST" && path === "/v1/login") return this.#login(request, signal);
    const reading = method === "HEAD" ? "GET" : method;
    const open = this.#open[`${reading} ${path}`];
    if (open !== undefined) return json(await open({}, signal));
    const locked = this.#lockedRoute(reading, path);
    if (locked !== undefined) {
      if (!(await gate.admits(request.headers, addressOf(request), signal))) return unauthorised();
      return locked(request, signal);
    }
    const allowed = this.#methodsOf(path);
    if (allowed.length > 0)
      return {
        ...failure(405, "input", `Use ${allowed.join(" or ")}`),
        headers: { Allow: allowed.join(", ") },
      };
    return reading === "GET" ? this.#asset(request, path) : failure(404, "input", "There is nothing here");
  }

  #lockedRoute(
    method: string,
    path: string,
  ): ((request: IncomingMessage, signal: AbortSignal) => Promise<Answer>) | undefined {
    const { metrics } = this.#options;
    if (method === "GET" && path === "/metrics")
      return async () => ({
        status: 200,
        type: "text/plain; version=0.0.4; charset=utf-8",
        body: metrics.print(),
      });
    const key = `${method} ${path}`;
    const handler: RouteHandler | undefined = Object.hasOwn(this.#locked, key)
      ? this.#locked[key]
      : undefined;
    if (handler === undefined) return undefined;
    return async (request, signal) =>
      json(await handler(method === "POST" ? await readJson(request) : {}, signal));
  }

  async #login(request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
    const body = await readJson(request);
    const token = typeof body === "object" && body !== null && "token" in body ? body.token : undefined;
    const { gate } = this.#options;
    if (!gate.locked) return json({ ok: true });
    const cookie =
      typeof token === "string" ? await gate.login(token, addressOf(request), signal) : undefined;
    return cookie === undefined
      ? unauthorised()
      : { ...json({ ok: true }), headers: { "Set-Cookie": cookie } };
  }

  #methodsOf(path: string): readonly string[] {
    const keys = [...Object.keys(this.#open), ...Object.keys(this.#locked), "GET /metrics", "POST /v1/login"];
    return keys.filter((key) => key.endsWith(` ${path}`)).map((key) => key.slice(0, key.indexOf(" ")));
  }

  async #asset(request: IncomingMessage, path: string): Promise<Answer> {
    const { assets } = this.#options;
    const asset = await assets.find(path);
    if (asset === undefined && path === "/" && !assets.built)
      return plain("The page is not built; run `npm run build`.", 503);
    if (asset === undefined) return failure(404, "input", "There is nothing here");
    const headers = { ETag: asset.etag, "Cache-Control": asset.cache };
    if (request.headers["if-none-match"] === asset.etag) return { status: 304, headers };
    return { status: 200, type: asset.type, body: asset.bytes, headers };
  }

  #report(request: IncomingMessage, error: unknown): void {
    const { fault, message } = asBunrakuError(error);
    const fields = { path: pathOf(request.url), fault, message };
    if (fault === "bug") this.#options.log.error("request failed", { ...fields, cause: error });
    else this.#options.log.info("request not served", fields);
  }
}

/** Address of the peer, IPv4 in its short form. */
export const addressOf = (request: IncomingMessage): string =>
  (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");

/** Path of a request without its query, which is never read: secrets do not belong there. */
export const pathOf = (url: string | undefined): string | undefined => {
  try {
    return new URL(url ?? "/", "http://daemon").pathname;
  } catch {
    return undefined;
  }
};

const unauthorised = (): Answer => ({
  ...failure(401, "auth", "This daemon asks for its token"),
  headers: { "WWW-Authenticate": "Bearer" },
});
