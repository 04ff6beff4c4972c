import type { ServerResponse } from "node:http";
import { asBunrakuError, type Fault } from "../core/errors.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

/** One whole HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = "application/json; charset=utf-8";

export const json = (body: object, status = 200): Answer => ({
  status,
  type: JSON_TYPE,
  body: `${JSON.stringify(body)}\n`,
});

export const plain = (text: string, status = 200): Answer => ({
  status,
  type: "text/plain; charset=utf-8",
  body: `${text}\n`,
});

/** An answer that says what went wrong, for programs (`fault`) and people (`message`). */
export const failure = (status: number, fault: Fault, message: string): Answer =>
  json({ error: { fault, message } }, status);

const STATUS: Readonly<Record<Fault, number>> = {
  config: 400,
  input: 400,
  protocol: 400,
  auth: 401,
  "rate-limit": 429,
  unreachable: 503,
  device: 503,
  model: 503,
  bug: 500,
};

/** The answer to whatever a handler threw. A bug's own words stay in the log. */
export const failureOf = (error: unknown): Answer => {
  const { fault, message } = asBunrakuError(error);
  return failure(
    STATUS[fault],
    fault,
    fault === "bug" ? "Something unexpected happened; the log of the daemon says what" : message,
  );
};

/** Sends `answer` with the security headers on it. */
export const sendAnswer = (response: ServerResponse, answer: Answer): void => {
  if (response.headersSent || response.destroyed) return;
  const body = answer.body ?? "";
  const type = answer.type === undefined ? {} : { "Content-Type": answer.type };
  const length = answer.status === 304 ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  response.writeHead(answer.status, {
    ...SECURITY_HEADERS,
    "Cache-Control": "no-store",
    ...type,
    ...length,
    ...answer.headers,
  });
  response.end(body);
};
