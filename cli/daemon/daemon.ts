import { randomBytes } from "node:crypto";
import { isAbort, reasonOf } from "../../bridge/core/errors.ts";
import type { PuppetId } from "../../bridge/core/frames.ts";
import type { LinkSocket } from "../../bridge/core/link-socket.ts";
import type { Log } from "../../bridge/core/log.ts";
import { Metrics } from "../../bridge/core/metrics.ts";
import type { StatusReport } from "../../bridge/core/status.ts";
import { fromMillis, fromSeconds, type Micros, type SystemClock } from "../../bridge/core/time.ts";
import { Link } from "../../bridge/engines/link.ts";
import { LiveLinkEngine } from "../../bridge/engines/live-link.ts";
import { Pacer } from "../../bridge/engines/pacer.ts";
import { createListener, type Listener } from "../../bridge/server/listener.ts";
import { puppetRoutes } from "../../bridge/server/routes.ts";
import type { Preset } from "../../configs/preset.ts";
import type { Persona } from "../../inference/dialogue/llm/persona.options.ts";
import { asrProviders } from "../../inference/dialogue/asr/list.ts";
import { llmProviders } from "../../inference/dialogue/llm/list.ts";
import type { Llm, ProviderTools, Tts } from "../../inference/dialogue/provider.ts";
import { ttsProviders } from "../../inference/dialogue/tts/list.ts";
import { Voice } from "../../inference/dialogue/voice.ts";
import type { ModelStore } from "../../inference/models/store.ts";
import { Cast } from "./cast.ts";
import { Hearing } from "./hearing.ts";
import { chosen, open } from "./providers.ts";
import { Puppet } from "./puppet.ts";

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

/** From the first sound of a turn to hearing it: a page needs one message and one callback of its sound device. */
const PLAYOUT_DELAY = fromMillis(60);
const SENSES_STEP = fromSeconds(1);
const CLOSE_WITHIN = fromMillis(1_500);

/** Starts a session: opens the port, the voice and the mind, then the ears in the background. Faults: `config`, `device`, `model`. */
export const startDaemon = async (options: DaemonOptions): Promise<Daemon> => {
  const { preset, clock, log } = options;
  const stop = new AbortController();
  const metrics = new Metrics();
  const tools: ProviderTools = {
    clock,
    log,
    env: options.env,
    modelFile: (id) =>
      options.models.ensure(id, { signal: stop.signal, onProgress: (p) => hearing.note(percent(p)) }),
  };
  const voice = await openVoice(preset, tools);
  const hearing = new Hearing({
    lang: preset.lang,
    clock,
    log,
    models: options.models,
    asrId: preset.asr.provider,
    asrCapabilities: preset.asr.provider === "none" ? DEAF : chosen(asrProviders, preset.asr).capabilities,
    openAsr: () => open(asrProviders, preset.asr, tools),
    hangover: {
      finished: fromMillis(preset.endpoint.finishedMs),
      open: fromMillis(preset.endpoint.openMs),
      unfinished: fromMillis(preset.endpoint.unfinishedMs),
    },
  });
  const minds: Llm[] = [];
  const puppets = new Map<PuppetId, Puppet>();
  for (const { id, subject, character, seed } of preset.puppets) {
    const persona = options.characters.get(character);
    if (persona === undefined) throw new Error(`the character ${character} was not loaded`);
    const llm = await open(llmProviders(persona), preset.llm, tools);
    minds.push(llm);
    const puppet = new Puppet({
      puppet: id as PuppetId,
      subject,
      seed,
      lang: preset.lang,
      persona,
      llm,
      voice: new Voice({
        ...voice,
        clock,
        log,
        troubled: ({ fault, message }) =>
          puppets.get(id as PuppetId)?.tell({ kind: "trouble", fault, message }),
      }),
      clock,
      log: log.with({ puppet: id }),
      metrics,
      delay: PLAYOUT_DELAY,
      ears: hearing,
    });
    puppets.set(id as PuppetId, puppet);
  }

  const senses = (): readonly StatusReport[] => [
    hearing.status(),
    { ...(minds[0]?.status() ?? STOPPED), name: "mind" },
    { ...voice.tts.status(), name: "voice" },
    ...engines.map((engine) => engine.status()),
    ...[...cast.links].map((link) => link.status()),
  ];
  const cast = new Cast({ puppets, senses });
  const pacer = new Pacer({ clock });
  const engines = preset.engines.liveLink.enabled ? [openLiveLink(options, pacer)] : [];
  for (const engine of engines) cast.addEngine(engine);

  const started = clock.now();
  const status = (): object => ({
    session,
    lang: preset.lang,
    upSeconds: Math.round((clock.now() - started) / 1_000_000),
    puppets: [...puppets].map(([puppet, made]) => ({ puppet, state: made.state })),
    senses: senses(),
  });
  const session = randomBytes(8).toString("hex");
  const named = preset.puppets.map(({ id, subject }) => ({ puppet: id as PuppetId, subject }));
  const onLink = (socket: LinkSocket): void => {
    const link = new Link({ socket, clock, log, session, lang: preset.lang, puppets: named, listener: cast });
    void link.run(stop.signal).finally(() => cast.closed(link));
  };
  const closeParts = async (listener: Listener | undefined): Promise<void> => {
    stop.abort(new Error("the daemon stops"));
    await Promise.allSettled([listener?.close(), hearing.close(), ...running]);
    const parts = [...engines, ...minds, voice.tts, voice.fallback];
    await Promise.allSettled(parts.map(async (part) => part?.close()));
    await pacer.close();
  };
  const running = [...puppets.values()].map((puppet) => runSafely(puppet, stop.signal, log));
  let listener: Listener;
  try {
    listener = await createListener({
      host: preset.listen.host,
      port: preset.listen.port,
      listen: options.listen,
      token: options.token,
      allowedHosts: preset.listen.hosts,
      assets: options.assets,
      clock,
      log,
      metrics,
      status,
      routes: puppetRoutes(cast.commands),
      onLink,
    });
  } catch (error) {
    await closeParts(undefined);
    throw error;
  }
  const settled = hearing.open(stop.signal);
  void tellSenses(cast, clock, stop.signal);
  let closed: Promise<void> | undefined;
  return {
    url: listener.url,
    status,
    settled,
    close: () => (closed ??= Promise.race([closeParts(listener), late(clock, CLOSE_WITHIN)])),
  };
};

const DEAF = { languages: [], partials: false } as const;
const STOPPED: StatusReport = { name: "", status: "stopped", detail: "" };

const percent = (p: { model: string; bytes: number; total: number }): string =>
  `fetching ${p.model}, ${Math.floor((100 * p.bytes) / Math.max(1, p.total))} %`;

/** The chosen voice; one that is not embedded has the embedded one behind it. */
const openVoice = async (preset: Preset, tools: ProviderTools): Promise<{ tts: Tts; fallback?: Tts }> => {
  const tts = await open(ttsProviders, preset.tts, tools);
  if (preset.tts.provider === "espeak") return { tts };
  return { tts, fallback: await open(ttsProviders, { provider: "espeak" }, tools) };
};

const openLiveLink = ({ preset, clock }: DaemonOptions, pacer: Pacer): LiveLinkEngine => {
  pacer.start();
  return new LiveLinkEngine({ ...preset.engines.liveLink, clock, pacer });
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
