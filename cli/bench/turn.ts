import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quantile } from "../../bridge/core/metrics.ts";
import { silentLog } from "../../bridge/core/log.ts";
import { fromMillis, fromSeconds, type Micros } from "../../bridge/core/time.ts";
import { espeak } from "../../inference/dialogue/tts/espeak.ts";
import { readWavFile } from "../../inference/inputs/wav-file.ts";
import { wavBody } from "../../bridge/core/wav-body.ts";
import type { Kit } from "../kit.ts";
import type { Bench, BenchOptions } from "./bench.ts";
import { makeClips, readClips, roomNoise, type Clip } from "./clips.ts";
import { DaemonChild } from "./daemon-child.ts";
import { EngineChild } from "./engine-child.ts";
import { processCost } from "./process-cost.ts";
import { startSimulatedLlm } from "./simulated-llm.ts";
import { askAloud, interruptAloud, sayOverNoise, untilQuiet, type Reply } from "./turn-scenes.ts";
import { wordErrors } from "./word-errors.ts";

interface TurnFigures {
  readonly synthetic: boolean;
  readonly firstAudibleMs: Spread;
  readonly stages: Readonly<Record<string, Spread>>;
  readonly oursMs: Spread;
  readonly firstAudibleSimulatedLlmMs: Spread;
  readonly falseEndpointsPerMinute: number | null;
  readonly bargeInMs: Spread;
  readonly falseBargeInsPerMinute: number | null;
  readonly skewMs: { readonly p99: number };
  readonly wer: number | null;
  /** Clips that got no answer. */
  readonly unheard: number;
  readonly rssMb: number | null;
  readonly cpuPct: { readonly idle: number; readonly talking: number } | null;
  readonly coldStartMs: number;
  readonly warmStartMs: number;
}

interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly count: number;
}

/** Clips beyond this are for words and false endpoints only, ms. */
const SHORT = 5_000;
const NOISE_SECONDS = 20;
const TALKING_SECONDS = 14;
/** Longest stretch of a noise recording that is used, seconds. */
const MAX_NOISE = 60;

/** The numbers this program is built for. */
const GOALS = {
  "first audible p50": 480,
  "first audible p95": 750,
  "ours p95": 15,
  "barge-in p50": 125,
  "barge-in p95": 180,
  "skew p99": 2,
  memory: 600,
  "cpu idle": 5,
  "cpu talking": 20,
  "warm start": 4_000,
} as const;

export const turn: Bench = {
  name: "turn",
  text: "the whole loop: end of speech to first sound, barge-in, skew, memory (2 minutes)",
  run: async (kit, options) => {
    const figures = await benchTurn(options, kit);
    const { firstAudibleMs, oursMs, bargeInMs, skewMs, rssMb, cpuPct } = figures;
    const values: Readonly<Record<keyof typeof GOALS, number>> = {
      "first audible p50": firstAudibleMs.p50,
      "first audible p95": firstAudibleMs.p95,
      "ours p95": oursMs.p95,
      "barge-in p50": bargeInMs.p50,
      "barge-in p95": bargeInMs.p95,
      "skew p99": skewMs.p99,
      memory: rssMb ?? Number.NaN,
      "cpu idle": cpuPct?.idle ?? Number.NaN,
      "cpu talking": cpuPct?.talking ?? Number.NaN,
      "warm start": figures.warmStartMs,
    };
    const unitOf = (name: string): string => {
      if (name === "memory") return "MiB";
      return name.startsWith("cpu") ? "% of a core" : "ms";
    };
    const results = Object.entries(GOALS).map(([name, goal]) => ({
      name,
      value: values[name as keyof typeof GOALS],
      unit: unitOf(name),
      goal,
    }));
    return { figures: { ...figures }, results };
  },
};

/** The whole loop as a user meets it: real-time sound in, real-time sound out, daemon and engine as processes of their own. */
const benchTurn = async (options: BenchOptions, kit: Kit): Promise<TurnFigures> => {
  const { clock, stop: signal, env, err } = kit;
  const folder = await mkdtemp(join(tmpdir(), "bunraku-bench-"));
  try {
    const synthetic = options.clips === undefined;
    const clips =
      options.clips === undefined ? await synthesise(folder, kit) : await readClips(options.clips);
    const noise = await noiseFiles(options.noise, folder);
    err(`turn: ${clips.length} clips${synthetic ? " (synthetic)" : ""}, ${options.repeat} times\n`);

    const cold = await firstWord("default", { ...env, BUNRAKU_CACHE: join(folder, "cache") }, kit);
    const warm = await firstWord("default", env, kit);
    const main = await performance("default", { clips, repeat: options.repeat, noise, full: true }, kit);

    const llm = await startSimulatedLlm({ clock, firstToken: fromMillis(350), perToken: fromMillis(25) });
    const preset = join(folder, "simulated.yaml");
    const mind = `llm:\n  provider: openai\n  baseUrl: ${llm.url}\n  model: simulated\n`;
    await writeFile(preset, `version: 1\nextends: default\n${mind}`);
    const simulated = await performance(preset, { clips, repeat: options.repeat, noise, full: false }, kit);
    await llm.close();
    signal.throwIfAborted();
    return {
      synthetic,
      firstAudibleMs: spread(main.replies.map((reply) => reply.firstAudibleMs)),
      stages: stagesOf(main.replies),
      oursMs: spread(main.replies.map((reply) => reply.oursMs)),
      firstAudibleSimulatedLlmMs: spread(simulated.replies.map((reply) => reply.firstAudibleMs)),
      falseEndpointsPerMinute: rate(main.falseEndpoints, main.voicedMs),
      bargeInMs: spread(main.bargeIns),
      falseBargeInsPerMinute: rate(main.falseBargeIns, main.noiseMs),
      skewMs: { p99: main.skewMs },
      wer: main.words === 0 ? null : main.wordErrors / main.words,
      unheard: main.unheard,
      rssMb: main.pssMb ?? null,
      cpuPct: main.cpuPct ?? null,
      coldStartMs: cold,
      warmStartMs: warm,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

interface NoiseFile {
  readonly path: string;
  readonly seconds: number;
}

/** Recordings without speech, or a made-up room. */
const noiseFiles = async (from: string | undefined, folder: string): Promise<readonly NoiseFile[]> => {
  if (from === undefined) {
    const path = join(folder, "noise.wav");
    await writeFile(path, wavBody(roomNoise(NOISE_SECONDS, 16_000), 16_000));
    return [{ path, seconds: NOISE_SECONDS }];
  }
  const files = (await readdir(from)).filter((name) => name.endsWith(".wav")).sort();
  return Promise.all(
    files.map(async (name) => {
      const { samples, sampleRate } = await readWavFile(join(from, name));
      return { path: join(from, name), seconds: Math.min(MAX_NOISE, samples.length / sampleRate) };
    }),
  );
};

const synthesise = async (folder: string, { clock, env, stop }: Kit): Promise<readonly Clip[]> => {
  const modelFile = (): Promise<string> => Promise.reject(new Error("the embedded voice has no model"));
  const tts = await espeak.create(espeak.options.parse({}), { clock, log: silentLog, env, modelFile });
  try {
    return await makeClips(tts, join(folder, "clips"), stop);
  } finally {
    await tts.close();
  }
};

/** From starting the process to the first audible sample of its greeting, ms. */
const firstWord = async (preset: string, env: Kit["env"], kit: Kit): Promise<number> => {
  const daemon = await DaemonChild.start(preset, { env, signal: kit.stop });
  const engine = new EngineChild({ url: daemon.url, clock: kit.clock });
  try {
    const at = await engine.next((event) => (event.kind === "audible" ? event.at : undefined), kit.stop);
    return (at - daemon.startedAt) / 1e6;
  } finally {
    await engine.close();
    await daemon.close();
  }
};

interface Performance {
  readonly replies: Reply[];
  readonly bargeIns: number[];
  falseEndpoints: number;
  voicedMs: number;
  falseBargeIns: number;
  noiseMs: number;
  wordErrors: number;
  words: number;
  /** Clips that got no answer. */
  unheard: number;
  skewMs: number;
  pssMb: number | undefined;
  cpuPct: { idle: number; talking: number } | undefined;
}

const performance = async (
  preset: string,
  plan: { clips: readonly Clip[]; repeat: number; noise: readonly NoiseFile[]; full: boolean },
  kit: Kit,
): Promise<Performance> => {
  const signal = kit.stop;
  const daemon = await DaemonChild.start(preset, { env: kit.env, signal });
  const engine = new EngineChild({ url: daemon.url, clock: kit.clock });
  const found: Performance = {
    replies: [],
    bargeIns: [],
    falseEndpoints: 0,
    voicedMs: 0,
    falseBargeIns: 0,
    noiseMs: 0,
    wordErrors: 0,
    words: 0,
    unheard: 0,
    skewMs: Number.NaN,
    pssMb: undefined,
    cpuPct: undefined,
  };
  try {
    await daemon.settled(signal);
    await untilQuiet(engine, kit);
    // The first seconds still compile what has just run for the first time.
    const { clock } = kit;
    if (plan.full) await clock.sleepUntil((clock.now() + fromSeconds(8)) as Micros, signal);
    const idle = await cpuOver(daemon.pid, plan.full ? 6 : 0, kit);
    for (let round = 0; round < plan.repeat; round++) {
      for (const clip of plan.clips) await converse(engine, clip, { found, kit });
      if (!plan.full) continue;
      for (const clip of plan.clips.slice(0, 6)) {
        const silence = await interruptAloud(engine, clip, kit);
        if (silence === undefined) found.unheard++;
        else found.bargeIns.push(silence);
      }
    }
    if (plan.full) {
      const talking = cpuOver(daemon.pid, TALKING_SECONDS, kit);
      for (const file of plan.noise) {
        found.falseBargeIns += await sayOverNoise(engine, file, kit);
        found.noiseMs += file.seconds * 1_000;
      }
      found.cpuPct = { idle, talking: await talking };
    }
    found.pssMb = (await processCost(daemon.pid))?.pssMb;
    found.skewMs = (await engine.summary(signal)).skew.absP99 / 1_000;
    return found;
  } finally {
    await engine.close();
    await daemon.close();
  }
};

/** Speaks one clip and files what came back. */
const converse = async (
  engine: EngineChild,
  clip: Clip,
  { found, kit }: { found: Performance; kit: Kit },
): Promise<void> => {
  const outcome = await askAloud(engine, clip, kit);
  found.voicedMs += clip.endOfSpeechMs - clip.onsetMs;
  found.falseEndpoints += outcome.falseEndpoints;
  if (clip.text !== undefined && outcome.transcript !== "") {
    const { errors, words } = wordErrors(clip.text, outcome.transcript);
    found.wordErrors += errors;
    found.words += words;
  }
  if (outcome.reply === undefined) found.unheard++;
  else if (clip.endOfSpeechMs <= SHORT) found.replies.push(outcome.reply);
};

/** Share of one core that a daemon and its children use over some seconds, %. */
const cpuOver = async (pid: number, seconds: number, { clock, stop }: Kit): Promise<number> => {
  const before = await processCost(pid);
  const start = clock.now();
  await clock.sleepUntil((start + fromSeconds(seconds)) as Micros, stop);
  const after = await processCost(pid);
  if (before === undefined || after === undefined) return Number.NaN;
  return (100 * (after.cpuSeconds - before.cpuSeconds)) / ((clock.now() - start) / 1e6);
};

const spread = (values: readonly number[]): Spread => {
  const sorted = [...values].sort((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), count: sorted.length };
};

const rate = (count: number, ms: number): number | null => (ms === 0 ? null : count / (ms / 60_000));

const stagesOf = (replies: readonly Reply[]): Record<string, Spread> => {
  const names = new Set(replies.flatMap((reply) => Object.keys(reply.stages)));
  return Object.fromEntries(
    [...names].map((name) => [name, spread(replies.map((reply) => reply.stages[name] ?? 0))]),
  );
};
