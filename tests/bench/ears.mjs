// Measures the ears on real clips, in real time: node tests/bench/ears.mjs FOLDER [--json]
// FOLDER holds turns/*.wav with .txt and .json (endOfSpeechMs), speech/en, speech/noise. Build first.
import { readdirSync, readFileSync, existsSync } from "node:fs";
import { availableParallelism, homedir, loadavg } from "node:os";
import { basename, join } from "node:path";
import { performance } from "node:perf_hooks";

const built = (path) => import(new URL(`../../.build/${path}`, import.meta.url).href);
const { SystemClock, fromSeconds, toMillis } = await built("bridge/core/time.js");
const { silentLog } = await built("bridge/core/log.js");
const { cacheFolder } = await built("inference/models/cache-folder.js");
const { ModelStore } = await built("inference/models/store.js");
const { SileroVad } = await built("inference/perception/vad/silero.js");
const { moonshine } = await built("inference/dialogue/asr/moonshine.js");
const { Listening } = await built("inference/dialogue/listening.js");
const { readWavFile } = await built("inference/inputs/wav-file.js");
const { earSamples, wavSource } = await built("inference/inputs/wav-source.js");

const folder = process.argv[2] ?? "../shared/data";
const clock = new SystemClock();
const stop = new AbortController();
const { signal } = stop;
const store = new ModelStore({
  folder: cacheFolder({ env: process.env, platform: process.platform, home: homedir() }),
  npm: { node: process.execPath, env: process.env },
  offline: false,
  clock,
});
const vad = await SileroVad.open(await store.ensure("silero-vad/model", { signal }), signal);
const tools = { clock, log: silentLog, env: {}, modelFile: (id) => store.ensure(id, { signal }) };
const asr = await moonshine.create({}, tools);

const wordsOf = (text) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9' ]+/g, " ")
    .split(/\s+/)
    .filter(Boolean);
const errorsIn = (heard, wanted) => {
  const row = wanted.map((_, j) => j + 1);
  row.unshift(0);
  for (let i = 1; i <= heard.length; i++) {
    let corner = row[0];
    row[0] = i;
    for (let j = 1; j <= wanted.length; j++) {
      const best = Math.min(row[j] + 1, row[j - 1] + 1, corner + (heard[i - 1] === wanted[j - 1] ? 0 : 1));
      corner = row[j];
      row[j] = best;
    }
  }
  return row[wanted.length];
};

/** A clip through the ears in real time, over a quiet room's noise (-66 dBFS). */
const listen = async (samples, attention) => {
  const room = Float32Array.from(
    { length: samples.length },
    (_, i) => samples[i] + (Math.random() - 0.5) * 1.7e-3,
  );
  const listening = new Listening({
    vad: vad.begin(),
    asr,
    clock,
    log: silentLog,
    lang: "en",
    partials: true,
  });
  listening.attend(attention);
  const heard = [];
  const done = new AbortController();
  const reading = (async () => {
    try {
      for await (const event of listening.events(done.signal)) heard.push(event);
    } catch (error) {
      if (!done.signal.aborted) throw error;
    }
  })();
  const start = clock.now();
  for await (const piece of wavSource(room, { clock, signal, silence: fromSeconds(5) })) {
    // A busy machine may take longer for its words: wait for them, so that no slow turn is missing from the figures.
    const over = piece.at - start - (samples.length * 1e6) / 16_000;
    const open = heard.findLast(({ kind }) => kind !== "partial" && kind !== "trouble")?.kind === "onset";
    if (over > fromSeconds(1.4) && !open) break;
    const sound = piece.samples.map((s) => (s === 0 ? (Math.random() - 0.5) * 1.7e-3 : s));
    listening.push(sound, piece.at);
  }
  done.abort();
  await reading;
  listening.close();
  return { start, heard };
};

const percentile = (values, q) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(q * values.length) - 1)];
const print = (line) => process.stdout.write(`${line}\n`);

const clips = [];
for (const name of readdirSync(join(folder, "turns")).filter((name) => name.endsWith(".wav"))) {
  const stem = join(folder, "turns", basename(name, ".wav"));
  const truth = JSON.parse(readFileSync(`${stem}.json`, "utf8"));
  clips.push({
    name,
    path: `${stem}.wav`,
    text: readFileSync(`${stem}.txt`, "utf8"),
    end: truth.endOfSpeechMs,
    begin: truth.startOfSpeechMs,
  });
}
const lj = new Map(
  readFileSync(join(folder, "speech/en/ljspeech-metadata.csv"), "utf8")
    .split("\n")
    .map((line) => line.split("|"))
    .map(([id, , text]) => [id, text]),
);
for (const name of readdirSync(join(folder, "speech/en")).filter((name) => name.endsWith(".wav"))) {
  const path = join(folder, "speech/en", name);
  const stem = basename(name, ".wav");
  if (clips.some((clip) => clip.name === name) || stem === "LJ001-0002") continue;
  const text = existsSync(path.replace(".wav", ".txt"))
    ? readFileSync(path.replace(".wav", ".txt"), "utf8")
    : lj.get(stem);
  clips.push({
    name,
    path,
    text:
      stem === "jfk"
        ? "and so my fellow americans ask not what your country can do for you ask what you can do for your country"
        : text,
  });
}
/** First and last 10 ms within 32 dB of the loudest: the rule of the turns' annotations. */
const voiced = (samples) => {
  const power = [];
  for (let at = 0; at + 160 <= samples.length; at += 160)
    power.push(samples.subarray(at, at + 160).reduce((sum, s) => sum + s * s, 0));
  const floor = Math.max(...power) * 10 ** -3.2;
  return {
    begin: power.findIndex((p) => p > floor) * 10,
    end: (power.findLastIndex((p) => p > floor) + 1) * 10,
  };
};

const latencies = [],
  short = [],
  onsets = [],
  decided = [];
let missing = 0,
  falseEnds = 0,
  wordCount = 0,
  wrong = 0,
  spoken = 0;
for (const clip of clips) {
  const samples = earSamples(await readWavFile(clip.path));
  const truth = { ...voiced(samples), ...(clip.end !== undefined && { end: clip.end }) };
  const { start, heard } = await listen(samples, "idle");
  const turns = heard.filter(({ kind }) => kind === "turn");
  const last = turns.at(-1);
  const onset = heard.find(({ kind }) => kind === "onset");
  if (onset !== undefined) onsets.push(toMillis(onset.at - start) - truth.begin);
  const early = Math.max(0, turns.length - 1);
  falseEnds += early;
  spoken += samples.length / 16_000;
  const latency = last === undefined ? Number.NaN : toMillis(last.at - start) - truth.end;
  if (last === undefined) missing++;
  if (last !== undefined) {
    latencies.push(latency);
    decided.push(toMillis(last.at - last.endOfSpeech));
    if (clip.end !== undefined) short.push(latency);
  }
  const text = turns.map((turn) => turn.text).join(" ");
  const wanted = clip.text === undefined ? [] : wordsOf(clip.text);
  const errors = clip.text === undefined ? 0 : errorsIn(wordsOf(text), wanted);
  wordCount += wanted.length;
  wrong += errors;
  const partials = heard.filter(({ kind }) => kind === "partial").length;
  print(
    `${clip.name.padEnd(34)} end→turn ${latency.toFixed(0).padStart(5)} ms  hangover ${last ? toMillis(last.hangover).toFixed(0) : "-"} ms  asr ${last ? last.asrMs.toFixed(0) : "-"} ms  onset ${onset ? (toMillis(onset.at - start) - truth.begin).toFixed(0) : "-"} ms  false ends ${early}  partials ${partials}  errors ${errors}/${wanted.length}  ${text}`,
  );
}
print(
  `end of speech → turn: p50 ${percentile(latencies, 0.5).toFixed(0)} p95 ${percentile(latencies, 0.95).toFixed(0)} ms (short questions p50 ${percentile(short, 0.5).toFixed(0)} p95 ${percentile(short, 0.95).toFixed(0)}); from the last voiced window p50 ${percentile(decided, 0.5).toFixed(0)} ms; false endpoints ${falseEnds} in ${spoken.toFixed(0)} s, ${clips.length} clips, ${missing} without a turn; WER ${((100 * wrong) / wordCount).toFixed(1)} %; onset p50 ${percentile(onsets, 0.5).toFixed(0)} p95 ${percentile(onsets, 0.95).toFixed(0)} ms`,
);
for (const attention of ["idle", "speaking"]) {
  let seconds = 0,
    stops = 0,
    turns = 0;
  for (const name of readdirSync(join(folder, "speech/noise")).filter((name) => name.endsWith(".wav"))) {
    const samples = earSamples(await readWavFile(join(folder, "speech/noise", name)));
    const { heard } = await listen(samples, attention);
    seconds += samples.length / 16_000;
    stops += heard.filter(({ kind }) => kind === "onset").length;
    turns += heard.filter(({ kind }) => kind === "turn").length;
  }
  print(`noise, ${attention}: ${stops} onsets, ${turns} turns in ${seconds.toFixed(0)} s`);
}
await asr.close();
await vad.close();
print(
  `load ${loadavg()[0].toFixed(1)} on ${availableParallelism()} cores, ${(performance.now() / 1000).toFixed(0)} s, ${Math.round(process.memoryUsage().rss / 1e6)} MB`,
);
