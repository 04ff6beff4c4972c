import type { IncomingMessage } from "node:http";
import { BunrakuError } from "../core/errors.ts";
import { isPuppetId, type PuppetId } from "../core/frames.ts";

/** Answers one route with an object, which goes out as JSON. `body` is the parsed JSON of a POST. */
export type RouteHandler = (body: unknown, signal: AbortSignal) => Promise<object>;

/** Handlers by method and path: `POST /v1/say`. */
export type Routes = Readonly<Record<string, RouteHandler>>;

/** What one can ask of the puppets over HTTP. `puppet` is undefined for the only, or first, one. */
export interface PuppetCommands {
  say(puppet: PuppetId | undefined, text: string): Promise<object>;
  ask(puppet: PuppetId | undefined, text: string): Promise<object>;
  interrupt(puppet: PuppetId | undefined): Promise<object>;
}

/** The `/v1` routes of a daemon that has puppets. */
export const puppetRoutes = (commands: PuppetCommands): Routes => ({
  "POST /v1/say": async (body) => commands.say(puppetOf(body), textOf(body)),
  "POST /v1/ask": async (body) => commands.ask(puppetOf(body), textOf(body)),
  "POST /v1/interrupt": async (body) => commands.interrupt(puppetOf(body)),
});

/** Longest body of a request, and longest message on a link, in bytes. */
export const MAX_BODY = 65_536;
/** Longest text to say or ask, in characters: about two minutes of speech. */
const MAX_TEXT = 2_000;

/** The JSON body of a request. Faults: `input` for anything that is not JSON of at most `MAX_BODY` bytes. */
export const readJson = async (request: IncomingMessage): Promise<unknown> => {
  const parts: Buffer[] = [];
  let held = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      held += part.length;
      if (held > MAX_BODY) throw new BunrakuError("input", `The body is larger than ${MAX_BODY} bytes`);
      parts.push(part);
    }
  } catch (cause) {
    throw cause instanceof BunrakuError ? cause : new BunrakuError("input", "The body broke off", { cause });
  }
  if (held === 0) return {};
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8")) as unknown;
  } catch (cause) {
    throw new BunrakuError("input", "The body is not JSON", { cause });
  }
};

const fieldOf = (body: unknown, name: string): unknown => {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new BunrakuError("input", 'The body must be an object, such as {"text": "Hello"}');
  return Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : undefined;
};

const puppetOf = (body: unknown): PuppetId | undefined => {
  const puppet = fieldOf(body, "puppet");
  if (puppet === undefined) return undefined;
  if (typeof puppet === "string" && isPuppetId(puppet)) return puppet;
  throw new BunrakuError("input", "`puppet` must be a puppet's id: lower-case letters, digits, - and _");
};

const textOf = (body: unknown): string => {
  const text = fieldOf(body, "text");
  if (typeof text !== "string" || text.trim() === "")
    throw new BunrakuError("input", "`text` must hold the words to speak");
  if (text.length > MAX_TEXT)
    throw new BunrakuError("input", `\`text\` is longer than ${MAX_TEXT} characters; send it in parts`);
  return text;
};
