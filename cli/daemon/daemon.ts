import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { isAbort, reasonOf } from "../../bridge/core/errors.ts";
import type { PuppetId } from "../../bridge/core/frames.ts";
import type { LinkSocket } from "../../bridge/core/link-socket.ts";
import type { Log } from "../../bridge/core/log.ts";
import { Metrics } from "../../bridge/core/metrics.ts";
import type { StatusReport } from "../../bridge/core/status.ts";
import { fromMillis, fromSeconds, type Micros, type SystemClock } from "../../bridge/core/time.ts";
import { Link } from "../../bridge/engines/link.ts";
import { createListener, type Listener, type ListenerOptions } from "../../bridge/server/listener.ts";
import { puppetRoutes } from "../../bridge/server/routes.ts";
import type { Preset } from "../../configs/preset.ts";
import type { Persona } from "../../inference/dialogue/llm/persona.options.ts";
import { asrProviders } from "../../inference/dialogue/asr/list.ts";
import type { Llm, ProviderTools } from "../../inference/dialogue/provider.ts";
import type { ModelStore } from "../../inference/models/store.ts";
import { Cast } from "./cast.ts";
import { castPuppets, closeAll, openVoice, type DaemonVoice } from "./cast-puppets.ts";
import { Hearing } from "./hearing.ts";
import { LocalEngines, playoutDelay } from "./local-engines.ts";
import { chosen, open } from "./providers.ts";
import type { Puppet } from "./puppet.ts";

export interface DaemonOptions {
  readonly preset: Preset;
  readonly characters: ReadonlyMap<string, Persona>;
  readonly clock: SystemClock;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly models: ModelStore;
  /** Folder of the built Stage page. */
  readonly assets: string;
  /** True where the operator allowed other machines. */
  readonly listen: boolean;
  readonly token: string | undefined;
}

export interface Daemon {
  /** Address to open in a browser. */
  readonly url: string;
  status(): object;
  /** Resolves when every sense is ready or has said why it never will be. */
  readonly settled: Promise<void>;
  /** Stops everything within two seconds; idempotent. */
  close(): Promise<void>;
}

const SENSES_STEP = fromSeconds(1);
const CLOSE_WITHIN = fromMillis(1_500);

/** Starts a session: opens the port, the voice and the mind, then the ears in the background. Faults: `config`, `device`, `model`. */
export const startDaemon = async (options: DaemonOptions): Promise<Daemon> => {
  const stop = new AbortController();
  // Every link and every turn listens to it.
  setMaxListeners(0, stop.signal);
  const tools: ProviderTools = {
    clock: options.clock,
    log: options.log,
    env: options.env,
    modelFile: (id) =>
      options.models.ensure(id, { signal: stop.signal, onProgress: (progress) => hearing.note(progress) }),
  };
  const hearing = openHearing(options, tools);
  const voice = await openVoice(options.preset, tools);
  try {
    return await openSession(options, { stop, tools, voice, hearing });
  } catch (error) {
    // Else the voice's process would outlive a session that never began.
    await closeAll([voice.tts, voice.fallback]);
    throw error;
  }
};

interface Opened {
  readonly stop: AbortController;
  readonly tools: ProviderTools;
  readonly voice: DaemonVoice;
  readonly hearing: Hearing;
}

const openSession = async (
  options: DaemonOptions,
  { stop, tools, voice, hearing }: Opened,
): Promise<Daemon> => {
  const { preset, clock, log } = options;
  const metrics = new Metrics();
  const session = randomBytes(8).toString("hex");
  const delay = playoutDelay(preset);
  const { puppets, minds } = await castPuppets({ ...options, tools, metrics, ears: hearing, delay }, voice);

  const senses = (): readonly StatusReport[] => [
    hearing.status(),
    ...mindReports([...puppets.keys()], minds),
    { ...voice.tts.status(), name: "voice" },
    ...local.engines.map((engine) => engine.status()),
    ...[...cast.links].map((link) => link.status()),
  ];
  const cast = new Cast({ puppets, senses });
  const local = new LocalEngines({ preset, cast, clock, log });
  const running = [
    ...[...puppets.values()].map((puppet) => runSafely(puppet, stop.signal, log)),
    local
      .run(stop.signal)
      .catch((error: unknown) => log.error("an engine stopped", { error: reasonOf(error) })),
    tellSenses(cast, clock, stop.signal),
  ];
  const status = (): object => ({
    session,
    lang: preset.lang,
    upSeconds: Math.round((clock.now() - started) / 1_000_000),
    puppets: [...puppets].map(([puppet, made]) => ({ puppet, state: made.state })),
    senses: senses(),
  });
  const started = clock.now();
  const closeParts = async (listener: Listener | undefined): Promise<void> => {
    stop.abort(new Error("the daemon stops"));
    await Promise.allSettled([listener?.close(), hearing.close(), ...running]);
    await local.close();
    await closeAll([...minds, voice.tts, voice.fallback]);
  };
  const named = preset.puppets.map(({ id, subject }) => ({ puppet: id as PuppetId, subject }));
  const onLink = (socket: LinkSocket): void => {
    const link = new Link({ socket, clock, log, session, lang: preset.lang, puppets: named, listener: cast });
    void link.run(stop.signal).finally(() => cast.closed(link));
  };
  let listener: Listener;
  try {
    const routes = puppetRoutes(cast.commands);
    listener = await createListener({ ...listenerOptions(options), metrics, status, routes, onLink });
  } catch (error) {
    await closeParts(undefined);
    throw error;
  }
  const settled = hearing.open(stop.signal);
  let closed: Promise<void> | undefined;
  return {
    url: listener.url,
    status,
    settled,
    close: () => (closed ??= Promise.race([closeParts(listener), late(clock, CLOSE_WITHIN)])),
  };
};

const DEAF = { languages: [], partials: false } as const;

/** The only mind is `mind`, as consoles show it; of several the later ones say whose they are. */
const mindReports = (puppets: readonly PuppetId[], minds: readonly Llm[]): StatusReport[] =>
  minds.map((mind, at) => ({ ...mind.status(), name: at === 0 ? "mind" : `mind:${puppets[at] ?? at}` }));

const openHearing = ({ preset, clock, log, models }: DaemonOptions, tools: ProviderTools): Hearing =>
  new Hearing({
    lang: preset.lang,
    clock,
    log,
    models,
    asrId: preset.asr.provider,
    asrCapabilities: preset.asr.provider === "none" ? DEAF : chosen(asrProviders, preset.asr).capabilities,
    openAsr: () => open(asrProviders, preset.asr, tools),
    hangover: {
      finished: fromMillis(preset.endpoint.finishedMs),
      open: fromMillis(preset.endpoint.openMs),
      unfinished: fromMillis(preset.endpoint.unfinishedMs),
    },
  });

const listenerOptions = (
  options: DaemonOptions,
): Pick<
  ListenerOptions,
  "host" | "port" | "listen" | "token" | "allowedHosts" | "assets" | "clock" | "log"
> => {
  const { preset, listen, token, assets, clock, log } = options;
  const { host, port, hosts } = preset.listen;
  return { host, port, listen, token, allowedHosts: hosts, assets, clock, log };
};

const runSafely = async (puppet: Puppet, signal: AbortSignal, log: Log): Promise<void> => {
  try {
    await puppet.run(signal);
  } catch (error) {
    log.error("a puppet stopped", { error: reasonOf(error) });
  }
};

const tellSenses = async (cast: Cast, clock: SystemClock, signal: AbortSignal): Promise<void> => {
  try {
    for (;;) {
      await clock.sleepUntil((clock.now() + SENSES_STEP) as Micros, signal);
      cast.tellSenses();
    }
  } catch (error) {
    if (!isAbort(error, signal)) throw error;
  }
};

const late = async (clock: SystemClock, span: Micros): Promise<void> => {
  await clock.sleepUntil((clock.now() + span) as Micros, new AbortController().signal);
};
