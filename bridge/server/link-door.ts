import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { reasonOf } from "../core/errors.ts";
import type { LinkSocket } from "../core/link-socket.ts";
import type { Log } from "../core/log.ts";
import type { Metrics } from "../core/metrics.ts";
import { fromSeconds, plus, type Clock } from "../core/time.ts";
import { refusalOf, type Guarded } from "./guards.ts";
import { addressOf, pathOf } from "./http-requests.ts";
import { CLOSE, WebSocketLink } from "./link-socket.ts";
import { MAX_BODY } from "./routes.ts";
import type { TokenGate } from "./token.ts";

/** What a link arrived with. */
export interface LinkRequest {
  readonly address: string;
  /** `Origin` of a browser, or undefined for a native client. */
  readonly origin: string | undefined;
}

export interface LinkDoorOptions {
  readonly guarded: () => Guarded;
  readonly gate: TokenGate;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly onLink: (socket: LinkSocket, request: LinkRequest) => void;
}

/** Where the Bunraku protocol is spoken. */
export const LINK_PATH = "/link";
/** A peer says hello within this, or goes. */
const HELLO_WITHIN = fromSeconds(3);
/** Each link is asked this often whether it still lives; one missed answer ends it. */
const HEARTBEAT = fromSeconds(10);

/** Lets peers in: turns an HTTP upgrade into a `LinkSocket`, after the guards and the token. */
export class LinkDoor {
  readonly #options: LinkDoorOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_BODY,
    perMessageDeflate: false,
    clientTracking: false,
  });
  readonly #links = new Set<WebSocketLink>();
  readonly #closing = new AbortController();

  constructor(options: LinkDoorOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => undefined);
    const { guarded, gate, log, metrics } = this.#options;
    const refusal = refusalOf({ method: "GET", headers: request.headers, upgrade: true }, guarded());
    if (refusal !== undefined) {
      log.warn("link refused", { why: refusal, address: addressOf(request), host: request.headers.host });
      metrics.count("bunraku_links_refused_total", "Links refused at the door", 1, { why: refusal });
      return refuse(socket, "403 Forbidden");
    }
    if (pathOf(request.url) !== LINK_PATH) return refuse(socket, "404 Not Found");
    const admitted = await gate
      .admits(request.headers, addressOf(request), this.#closing.signal)
      .catch(() => false);
    if (!admitted) {
      metrics.count("bunraku_links_refused_total", "Links refused at the door", 1, { why: "token" });
      return refuse(socket, "401 Unauthorized");
    }
    if (this.#closing.signal.aborted || socket.destroyed) return refuse(socket, "503 Service Unavailable");
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      const link = new WebSocketLink(opened, addressOf(request));
      this.#links.add(link);
      this.#count();
      link.closed.addEventListener("abort", () => {
        this.#links.delete(link);
        this.#count();
      });
      void this.#watchHello(link);
      void this.#watchPulse(link, opened);
      this.#hand(link, { address: link.peer, origin: request.headers.origin });
    });
  }

  /** Says goodbye to every peer; `terminate` ends those that do not answer. */
  close(): void {
    this.#closing.abort(new Error("the daemon stops"));
    for (const link of this.#links) link.closeWith(CLOSE.goingAway, "the daemon stops");
  }

  #hand(link: WebSocketLink, request: LinkRequest): void {
    try {
      this.#options.onLink(link, request);
    } catch (error) {
      this.#options.log.error("link failed", { address: link.peer, reason: reasonOf(error) });
      link.closeWith(CLOSE.tryLater, "the daemon could not take this link");
    }
  }

  async #watchHello(link: WebSocketLink): Promise<void> {
    if (!(await this.#waited(HELLO_WITHIN, link)) || link.greeted) return;
    this.#options.metrics.count("bunraku_links_refused_total", "Links refused at the door", 1, {
      why: "no hello",
    });
    link.closeWith(CLOSE.policy, "no hello within 3 seconds");
  }

  async #watchPulse(
    link: WebSocketLink,
    socket: { ping(): void; on(event: "pong", listener: () => void): unknown },
  ): Promise<void> {
    let alive = true;
    socket.on("pong", () => (alive = true));
    while (await this.#waited(HEARTBEAT, link)) {
      if (!alive) return link.terminate("the peer does not answer");
      alive = false;
      socket.ping();
    }
  }

  /** True after `span`, false when the link is gone first. */
  async #waited(span: typeof HEARTBEAT, link: WebSocketLink): Promise<boolean> {
    const { clock } = this.#options;
    return clock.sleepUntil(plus(clock.now(), span), link.closed).then(
      () => true,
      () => false,
    );
  }

  #count(): void {
    this.#options.metrics.gauge("bunraku_links", "Open links", this.#links.size);
  }
}

const refuse = (socket: Duplex, status: string): void => {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};
