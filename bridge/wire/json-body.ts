import { BunrakuError } from "../core/errors.ts";
import type { Lang } from "../core/frames.ts";
import { micros } from "../core/time.ts";
import {
  MAX_CONTROL_BYTES,
  ROLES,
  type ConsoleCommand,
  type ConsoleEvent,
  type EngineReport,
  type Hello,
  type Role,
  type SpokenWord,
  type StaticBody,
  type Welcome,
} from "./messages.ts";

/** A JSON object from the wire, before its fields are believed. */
type Fields = Readonly<Record<string, unknown>>;

const bad = (what: string): BunrakuError => new BunrakuError("protocol", `malformed message: ${what}`);

const text = (fields: Fields, key: string, limit: number): string => {
  const value = fields[key];
  if (typeof value !== "string") throw bad(`"${key}" must be a string`);
  if (value.length > limit) throw bad(`"${key}" is longer than ${limit} characters`);
  return value;
};

const number = (fields: Fields, key: string): number => {
  const value = fields[key];
  if (typeof value !== "number" || !Number.isFinite(value)) throw bad(`"${key}" must be a finite number`);
  return value;
};

const flag = (fields: Fields, key: string): boolean => {
  const value = fields[key];
  if (typeof value !== "boolean") throw bad(`"${key}" must be true or false`);
  return value;
};

const list = (fields: Fields, key: string, limit: number): readonly unknown[] => {
  const value = fields[key];
  if (!Array.isArray(value)) throw bad(`"${key}" must be a list`);
  if (value.length > limit) throw bad(`"${key}" has more than ${limit} entries`);
  return value;
};

const object = (value: unknown): Fields => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw bad("body must be a JSON object");
  return value as Fields;
};

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The JSON object in `bytes`; fault `protocol` for anything else. */
export const parseFields = (bytes: Uint8Array): Fields => {
  if (bytes.byteLength > MAX_CONTROL_BYTES) throw bad(`JSON body is over ${MAX_CONTROL_BYTES} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw new BunrakuError("protocol", "malformed message: body is not UTF-8 JSON", { cause });
  }
  return object(value);
};

export const readHello = (fields: Fields): Hello => {
  const role = text(fields, "role", 16);
  if (!ROLES.includes(role as Role)) throw bad(`role "${role}" is unknown; use one of ${ROLES.join(", ")}`);
  return {
    role: role as Role,
    name: text(fields, "name", 64),
    minor: number(fields, "minor"),
    audible: flag(fields, "audible"),
  };
};

export const readWelcome = (fields: Fields): Welcome => ({
  session: text(fields, "session", 16),
  minor: number(fields, "minor"),
  lang: readLang(fields),
  puppets: list(fields, "puppets", 1_024).map((entry) => {
    const puppet = object(entry);
    return {
      handle: number(puppet, "handle"),
      puppet: text(puppet, "puppet", 64),
      subject: text(puppet, "subject", 128),
    };
  }),
});

const readLang = (fields: Fields): Lang => {
  const lang = text(fields, "lang", 2);
  if (lang !== "en" && lang !== "zh") throw bad('"lang" must be "en" or "zh"');
  return lang;
};

export const readStatic = (fields: Fields): StaticBody => ({
  puppet: text(fields, "puppet", 64),
  subject: text(fields, "subject", 128),
  curves: list(fields, "curves", 255).map((name) => text({ name }, "name", 64)),
  bones: list(fields, "bones", 255).map((entry) => {
    const bone = object(entry);
    return { name: text(bone, "name", 64), parent: number(bone, "parent") };
  }),
});

export const readReport = (fields: Fields): EngineReport => ({
  fps: number(fields, "fps"),
  audible: flag(fields, "audible"),
  paused: flag(fields, "paused"),
  skewUs: number(fields, "skewUs"),
  lateFrames: number(fields, "lateFrames"),
  underruns: number(fields, "underruns"),
  audioLatencyUs: number(fields, "audioLatencyUs"),
});

/** Longest text a console may ask or say; the conversation trims further in words. */
const MAX_TEXT = 12_000;

export const readCommand = (fields: Fields): ConsoleCommand => {
  const kind = text(fields, "kind", 32);
  if (kind === "ask" || kind === "say") return { kind, text: text(fields, "text", MAX_TEXT) };
  if (kind === "interrupt") return { kind };
  if (kind === "microphone") return { kind, on: flag(fields, "on") };
  if (kind === "words") return { kind, words: list(fields, "words", MAX_WORDS).map(readWord) };
  throw bad(`command "${kind}" is unknown; use ask, say, interrupt, microphone or words`);
};

/** Words in one command, and characters of one. */
const MAX_WORDS = 256;
const MAX_WORD = 200;

const readWord = (entry: unknown): SpokenWord => {
  const word = object(entry);
  const start = number(word, "start");
  const end = number(word, "end");
  if (start < 0 || end < start || end > Number.MAX_SAFE_INTEGER)
    throw bad('a word must have 0 <= "start" <= "end"');
  return { text: text(word, "text", MAX_WORD), start: micros(start), end: micros(end) };
};

/** An event as it came: consoles switch on `kind` and ignore what they do not know. */
export const readEvent = (fields: Fields): ConsoleEvent => {
  text(fields, "kind", 32);
  return fields as unknown as ConsoleEvent;
};

export const readTrouble = (fields: Fields): { fault: string; message: string } => ({
  fault: text(fields, "fault", 32),
  message: text(fields, "message", 2_000),
});

export const readBye = (fields: Fields): { reason: string } => ({ reason: text(fields, "reason", 500) });
