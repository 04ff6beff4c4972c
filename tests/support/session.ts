import { readFileSync } from "node:fs";
import { createLog } from "../../bridge/core/log.ts";
import { SystemClock, toMillis } from "../../bridge/core/time.ts";
import { startDaemon, type Daemon } from "../../cli/daemon/daemon.ts";
import { presetSchema, type Preset } from "../../configs/preset.ts";
import { parsePersona } from "../../inference/dialogue/llm/persona.ts";
import type { Persona } from "../../inference/dialogue/llm/persona.options.ts";
import type { ModelStore } from "../../inference/models/store.ts";
import { userModels } from "./model-store.ts";
import { Spectator } from "./spectator.ts";
import { withinSeconds } from "./story.ts";
import { WirePeer } from "./wire-peer.ts";

const file = new URL("../../configs/characters/default.yaml", import.meta.url);

/** The default character. */
export const koharu: Persona = parsePersona(readFileSync(file, "utf8"));

/** The default character with a short greeting, so that tests need not wait for the long one. */
export const brief: Persona = { ...koharu, greeting: { en: ["Good day."], zh: ["你好。"] } };

/** Everything embedded, on a free port, without ears. */
const QUIET = {
  version: 1,
  listen: { port: 0 },
  puppets: [{ id: "chanter", character: "default" }],
  asr: { provider: "none" },
  llm: { provider: "script" },
  tts: { provider: "espeak" },
} as const;

export interface SessionOptions {
  readonly persona?: Persona;
  readonly models?: ModelStore;
  readonly env?: Readonly<Record<string, string>>;
}

/** A real daemon with its processes and threads, on a free port of this machine, and the peers a test connects to it. */
export class Session {
  readonly daemon: Daemon;
  readonly clock: SystemClock;
  /** Lines of its log. */
  readonly log: readonly string[];
  readonly #peers: { leave(): Promise<void> }[] = [];

  private constructor(daemon: Daemon, clock: SystemClock, log: readonly string[]) {
    this.daemon = daemon;
    this.clock = clock;
    this.log = log;
  }

  /** Starts with what differs from an embedded English puppet without ears, or with a whole preset. */
  static async start(changes: object, options: SessionOptions = {}): Promise<Session> {
    const preset: Preset = presetSchema.parse({ ...QUIET, ...changes });
    const clock = new SystemClock();
    const lines: string[] = [];
    const daemon = await startDaemon({
      preset,
      characters: new Map([["default", options.persona ?? brief]]),
      clock,
      log: createLog({ level: "debug", write: (line) => lines.push(line) }),
      env: options.env ?? {},
      models: options.models ?? userModels(),
      assets: "there is no page here",
      listen: false,
      token: undefined,
    });
    return new Session(daemon, clock, lines);
  }

  get link(): string {
    return `${this.daemon.url.replace("http", "ws")}/link`;
  }

  /** An engine that hears, or not; it presents when the promise resolves. */
  async spectator(engine: { audible?: boolean; name?: string } = {}): Promise<Spectator> {
    const spectator = new Spectator({ url: this.link, truth: this.clock, engine });
    this.#peers.push(spectator);
    return spectator.ready();
  }

  /** A bare peer; it says hello unless told not to. */
  async peer(hello: Parameters<typeof WirePeer.connect>[1] = {}): Promise<WirePeer> {
    const peer = await WirePeer.connect(this.link, hello);
    this.#peers.push(peer);
    return peer;
  }

  /** A peer that has said nothing yet. */
  async stranger(): Promise<WirePeer> {
    const peer = await WirePeer.connect(this.link);
    this.#peers.push(peer);
    return peer;
  }

  /** Posts JSON; the status and the parsed answer. */
  async post(path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(new URL(path, this.daemon.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: text,
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  /** Senses by name. */
  senses(): Map<string, { status: string; detail: string }> {
    const { senses } = this.daemon.status() as {
      senses: { name: string; status: string; detail: string }[];
    };
    return new Map(senses.map(({ name, ...rest }) => [name, rest]));
  }

  /** Closes the daemon first, as at a Ctrl-C, then the peers. Resolves with how long the daemon took, ms. */
  async close(): Promise<number> {
    const start = this.clock.now();
    await withinSeconds("the daemon to close", this.daemon.close());
    const took = toMillis(this.clock.now()) - toMillis(start);
    await Promise.allSettled(this.#peers.map((peer) => peer.leave()));
    return took;
  }
}

/** Longest a daemon may take to close, ms. */
export const CLOSES_WITHIN = 2_000;
