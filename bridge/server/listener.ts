import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { BunrakuError } from "../core/errors.ts";
import type { LinkSocket } from "../core/link-socket.ts";
import type { Log } from "../core/log.ts";
import type { Metrics } from "../core/metrics.ts";
import { fromMillis, plus, type Clock } from "../core/time.ts";
import { assertBind } from "./bind.ts";
import type { Guarded } from "./guards.ts";
import { HttpRequests } from "./http-requests.ts";
import { LinkDoor, type LinkRequest } from "./link-door.ts";
import type { Routes } from "./routes.ts";
import { StaticFiles } from "./static-files.ts";
import { TokenGate } from "./token.ts";

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** True where the operator asked to be reachable from other machines. */
  readonly listen: boolean;
  /** What clients must show, or undefined: then only loopback is served. */
  readonly token: string | undefined;
  /** Names beside localhost and IP literals that this daemon answers to. */
  readonly allowedHosts: readonly string[];
  /** Folder of the built page. */
  readonly assets: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Body of `GET /status`. */
  readonly status: () => object;
  readonly routes: Routes;
  /** Takes a new peer. One that sends no hello within 3 seconds is closed. */
  readonly onLink: (socket: LinkSocket, request: LinkRequest) => void;
}

export interface Listener {
  /** Address to open in a browser, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Stops within a second; idempotent. */
  close(): Promise<void>;
}

/** Limits that keep slow and greedy peers from holding us up; node checks the times every second. Milliseconds, as node wants. */
const LIMITS = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
} as const;
/** A connection that neither reads nor writes for this long is dropped (upgraded ones are watched by their pulse), ms. */
const IDLE_SOCKET = 30_000;
/** Connections of one address, and of all: a browser uses about seven. */
const MAX_CONNECTIONS = { address: 64, all: 1_024 } as const;
/** Peers get this long to say goodbye before their connections are cut. */
const GOODBYE = fromMillis(500);

/** Opens the one HTTP and WebSocket port. Faults: `config` (port in use, not allowed, unknown address, no token). */
export const createListener = async (options: ListenerOptions): Promise<Listener> => {
  assertBind(options);
  const { clock, log, metrics } = options;
  const gate = new TokenGate({ token: options.token, clock });
  const server = createServer(LIMITS);
  const allowedHosts = options.allowedHosts.map((name) => name.toLowerCase());
  const guarded = (): Guarded => ({ port: portOf(server), allowedHosts });
  const assets = await StaticFiles.open(options.assets);
  const requests = new HttpRequests({
    guarded,
    gate,
    assets,
    routes: options.routes,
    status: options.status,
    log,
    metrics,
  });
  const door = new LinkDoor({ guarded, gate, clock, log, metrics, onLink: options.onLink });
  const sockets = limitConnections(server, metrics);
  server.setTimeout(IDLE_SOCKET);
  server.on("request", (request, response) => void requests.handle(request, response));
  server.on("upgrade", (request, socket, head) => void door.upgrade(request, socket, head));
  await listen(server, options);
  server.on("error", (cause) => log.error("listener failed", { reason: cause.message }));

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const gone = new AbortController();
    const done = new Promise<void>((resolve) => server.close(() => resolve()));
    door.close();
    server.closeIdleConnections();
    const cut = clock.sleepUntil(plus(clock.now(), GOODBYE), gone.signal).catch(() => undefined);
    await Promise.race([done, cut]);
    gone.abort();
    for (const socket of sockets) socket.destroy();
    await done;
  };
  return {
    url: urlOf(options.host, portOf(server)),
    port: portOf(server),
    close: () => (closed ??= close()),
  };
};

/** Keeps every connection in a set, and refuses those of an address that has too many. */
const limitConnections = (server: Server, metrics: Metrics): ReadonlySet<Socket> => {
  const sockets = new Set<Socket>();
  const perAddress = new Map<string, number>();
  server.maxConnections = MAX_CONNECTIONS.all;
  server.maxHeadersCount = 64;
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    const count = (perAddress.get(address) ?? 0) + 1;
    if (count > MAX_CONNECTIONS.address) {
      metrics.count("bunraku_connections_refused_total", "Connections above the limit of one address");
      socket.destroy();
      return;
    }
    perAddress.set(address, count);
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      const left = (perAddress.get(address) ?? 1) - 1;
      if (left > 0) perAddress.set(address, left);
      else perAddress.delete(address);
    });
  });
  return sockets;
};

const listen = (server: Server, { host, port }: { host: string; port: number }): Promise<void> =>
  new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => reject(translate(cause, host, port));
    server.once("error", fail);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", fail);
      resolve();
    });
  });

const translate = (cause: NodeJS.ErrnoException, host: string, port: number): BunrakuError => {
  if (cause.code === "EADDRINUSE")
    return new BunrakuError(
      "config",
      `Port ${port} is in use by another program; choose another with --port`,
      { cause },
    );
  if (cause.code === "EACCES")
    return new BunrakuError(
      "config",
      `This user may not open port ${port}; choose one above 1023 with --port`,
      { cause },
    );
  if (cause.code === "EADDRNOTAVAIL" || cause.code === "ENOTFOUND")
    return new BunrakuError(
      "config",
      `This machine has no address ${host}; use 127.0.0.1, or one of its own with --listen`,
      { cause },
    );
  return new BunrakuError("config", `Port ${port} on ${host} cannot be opened: ${cause.message}`, { cause });
};

const portOf = (server: Server): number => (server.address() as AddressInfo | null)?.port ?? 0;

/** Wildcard addresses are no place to go to: the operator opens loopback. */
const urlOf = (host: string, port: number): string => {
  if (host === "0.0.0.0" || host === "::") return `http://127.0.0.1:${port}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
};
