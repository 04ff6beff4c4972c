import type { ServerResponse } from "node:http";

/** What goes wrong with a request. One at a time, per path, until changed. */
export type StandInFault =
  /** Accepts the request and never answers. */
  | { readonly kind: "hang-before-headers" }
  /** Answers `pieces` pieces (1 unless stated), then says nothing more and keeps the socket open. */
  | { readonly kind: "hang-mid-stream"; readonly pieces?: number }
  /** 200 with the right content type and random-looking bytes. */
  | { readonly kind: "garbage" }
  /** 200 with a captive portal's page. */
  | { readonly kind: "html" }
  /** One good piece, then an event whose data is no JSON. */
  | { readonly kind: "malformed-json" }
  /** Destroys the socket after `pieces` pieces (2 unless stated). */
  | { readonly kind: "die-mid-sentence"; readonly pieces?: number }
  /** An HTTP error with an OpenAI-shaped body; 429 and 503 carry Retry-After where `retryAfterSeconds` is given. */
  | { readonly kind: "status"; readonly status: number; readonly retryAfterSeconds?: number }
  /** An error object inside a 200 stream, as several servers send it. */
  | { readonly kind: "error-in-stream" }
  /** Never stops sending. */
  | { readonly kind: "oversized" }
  /** Sends the client elsewhere. */
  | { readonly kind: "redirect"; readonly location: string };

/** Pieces to send before the fault strikes. */
export const piecesBefore = (fault: StandInFault): number => {
  if (fault.kind === "hang-mid-stream") return fault.pieces ?? 1;
  if (fault.kind === "die-mid-sentence") return fault.pieces ?? 2;
  return 1;
};

/** Faults that need no stream; true where the request was dealt with. */
export const failAtOnce = (fault: StandInFault, path: string, response: ServerResponse): boolean => {
  if (fault.kind === "hang-before-headers") return true;
  if (fault.kind === "html") {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<!doctype html><html><body>Please sign in to the hotel network.</body></html>");
    return true;
  }
  if (fault.kind === "garbage") {
    response.writeHead(200, { "content-type": path.endsWith("speech") ? "audio/pcm" : "text/event-stream" });
    response.end(Buffer.from(Array.from({ length: 4_097 }, (_, at) => (at * 193 + (at >> 3) * 91) & 0xff)));
    return true;
  }
  if (fault.kind === "redirect") {
    response.writeHead(307, { location: fault.location });
    response.end();
    return true;
  }
  if (fault.kind === "status") {
    const after = fault.retryAfterSeconds;
    const headers = after === undefined ? {} : { "retry-after": String(after) };
    json(response, fault.status, { error: { message: "stand-in says no", type: "stand_in" } }, headers);
    return true;
  }
  if (path.endsWith("transcriptions")) {
    if (fault.kind === "malformed-json") {
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"text": "hel');
      return true;
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    response.write('{"text": "');
    if (fault.kind === "die-mid-sentence") setImmediate(() => response.socket?.destroy());
    if (fault.kind === "oversized") flood(response);
    return true;
  }
  return false;
};

const flood = (response: ServerResponse): void => {
  const more = (): void => {
    while (!response.destroyed && response.write("a".repeat(65_536)));
  };
  response.on("drain", more);
  more();
};

/** Answers with JSON and ends. */
export const json = (
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
};
