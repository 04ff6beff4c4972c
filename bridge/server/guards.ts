import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";

/** What a listener answers to: its own port and the names an operator configured. */
export interface Guarded {
  readonly port: number;
  /** Names beside IP literals and localhost; `name` means our port, `name:port` a proxy's. Lower case. */
  readonly allowedHosts: readonly string[];
}

/** Why a request is refused before any work is done for it. */
export type Refusal = "host" | "origin" | "cross-site" | "not-json";

export interface Guardable {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly upgrade: boolean;
}

/** The refusal of a request, or `undefined` where it may go on. Pure: no state, no I/O. */
export const refusalOf = (request: Guardable, guarded: Guarded): Refusal | undefined => {
  const { headers } = request;
  if (!hostAllowed(headers.host, guarded)) return "host";
  if (!originAllowed(headers.origin, headers.host, guarded)) return "origin";
  if (isForeign(request)) return "cross-site";
  const reads = request.method === "GET" || request.method === "HEAD";
  if (!reads && !isJson(headers["content-type"])) return "not-json";
  return undefined;
};

/**
 * True for an IP literal, localhost or a configured name, with our port. A rebinding attack arrives with the attacker's
 * own name in `Host`; an IP literal cannot be rebound.
 */
export const hostAllowed = (host: string | undefined, { port, allowedHosts }: Guarded): boolean => {
  const parsed = parseHost(host);
  if (parsed === undefined) return false;
  const { name } = parsed;
  if (allowedHosts.includes(`${name}:${parsed.port}`)) return true;
  if (parsed.port !== port) return false;
  return name === "localhost" || isLiteral(name) || allowedHosts.includes(name);
};

/**
 * True where there is no origin (a native client), where it is the origin that served our page, or one that was
 * configured. `null` (a sandboxed frame, a file) is refused: every attacker can have it.
 */
export const originAllowed = (
  origin: string | undefined,
  host: string | undefined,
  guarded: Guarded,
): boolean => {
  if (origin === undefined) return true;
  const [, scheme, address] = /^(https?):\/\/(.+)$/.exec(origin.toLowerCase()) ?? [];
  const from = parseHost(address, scheme === "https" ? 443 : 80);
  const to = parseHost(host);
  if (from === undefined || to === undefined) return false;
  if (from.name === to.name && from.port === to.port) return true;
  // Two names of this machine: whoever serves our port on loopback is us.
  if (isLoopbackName(from.name) && isLoopbackName(to.name)) return from.port === guarded.port;
  const { allowedHosts } = guarded;
  return (
    allowedHosts.includes(`${from.name}:${from.port}`) ||
    (from.port === guarded.port && allowedHosts.includes(from.name))
  );
};

/** True for this machine's own names and addresses. */
export const isLoopbackName = (name: string): boolean =>
  name === "localhost" || name === "[::1]" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));

/** Browsers say where a request comes from; a link that somebody clicks may open the page, nothing else may come. */
const isForeign = ({ method, headers, upgrade }: Guardable): boolean => {
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return false;
  const opensPage =
    method === "GET" &&
    !upgrade &&
    headers["sec-fetch-mode"] === "navigate" &&
    headers["sec-fetch-dest"] === "document";
  // "same-site" is another port of this machine, or a neighbour under one domain: no friend either. The origin check
  // has already passed it where it was configured.
  return !opensPage && !(site === "same-site" && headers.origin !== undefined);
};

const isJson = (type: string | undefined): boolean => /^application\/json\s*(;|$)/i.test(type ?? "");

const isLiteral = (name: string): boolean =>
  name.startsWith("[") ? isIP(name.slice(1, -1)) === 6 : isIP(name) === 4;

const parseHost = (host: string | undefined, plainPort = 80): { name: string; port: number } | undefined => {
  const [, name, port] = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?$/i.exec(host ?? "") ?? [];
  return name === undefined
    ? undefined
    : { name: name.toLowerCase(), port: port === undefined ? plainPort : Number(port) };
};
