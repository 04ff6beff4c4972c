import { fromMillis, fromSamples, type Micros } from "../../../bridge/core/time.ts";
import type { Lang, Phoneme } from "../../../bridge/core/frames.ts";
import type { Tts, TtsPiece, TtsProvider } from "../provider.ts";
import { toPinyin } from "../text/pinyin.ts";
import { reading } from "../text/reading.ts";
import { scriptRuns } from "../text/script.ts";
import { displayText, isSpeakable, spokenText } from "../text/speakable.ts";
import { EspeakChild, type EspeakSound } from "./espeak-child.ts";
import { ESPEAK_RATE, ESPEAK_TEXT, type EspeakVoice } from "./espeak-message.ts";
import { espeakOptions, type EspeakOptions } from "./espeak.options.ts";

/** The Mandarin voice says 3.7 syllables a second at the rate at which English sounds natural; people say about 5. */
const MANDARIN_PACE = 1.3;
/** Longest clause spoken, characters. Numbers in words may make it twice as long, which is still under `ESPEAK_TEXT`. */
const LONGEST = 900;
/** Between a Mandarin and an English run of one clause. Shorter than a comma (150 ms): it is one breath. */
const JOIN: Micros = fromMillis(40);
/** Sound is handed on in pieces of 250 ms, so that no stage behind us works on ten seconds at once. */
const PIECE = Math.round(ESPEAK_RATE / 4);
/** Loudest sample, of 32,767, that counts as silence at the end of a run (-52 dB). */
const SILENCE = 80;
/** Silence kept after the last sound of a run: the mouth needs it to close. */
const TAIL: Micros = fromMillis(20);

/** The embedded voice: eSpeak NG in a process of its own. English and Mandarin, phonemes with times, no key, no network. */
export const espeak: TtsProvider<EspeakOptions> = {
  id: "espeak",
  kind: "tts",
  options: espeakOptions,
  capabilities: { languages: ["en", "zh"], phonemes: true },
  async create(options, { clock, log, env }) {
    const child = new EspeakChild({ entry: processEntry(import.meta.url), clock, log, env });
    child.warm();
    return espeakVoice(child, options);
  },
};

/** Where the built process lies: beside this file, or in `.build` while this file runs as TypeScript under a test. */
export const processEntry = (here: string): URL =>
  here.endsWith(".ts")
    ? new URL("../../../.build/inference/dialogue/tts/espeak-process.js", here)
    : new URL("./espeak-process.js", here);

/** A voice that speaks through `child`. */
export const espeakVoice = (child: EspeakChild, options: EspeakOptions): Tts => ({
  status: () => child.status(),
  close: () => child.close(),
  async *speak(text, { lang, signal }) {
    signal.throwIfAborted();
    const runs: Run[] = [];
    for (const line of espeakLines(text, lang)) {
      const sound = await child.speak(
        { ...line, rate: rateOf(line.voice, options.rate), pitch: options.pitch },
        signal,
      );
      runs.push(runOf(sound));
    }
    yield* piecesOf(runs);
  },
});

const rateOf = (voice: EspeakVoice, rate: number): number =>
  voice === "en-us" ? rate : Math.min(450, Math.round(rate * MANDARIN_PACE));

/** What eSpeak is asked for a clause: one line per change of script, in order. Empty where nothing is speakable. */
export const espeakLines = (clause: string, lang: Lang): { text: string; voice: EspeakVoice }[] => {
  const spoken = spokenText(displayText(clause.slice(0, LONGEST)));
  if (!isSpeakable(spoken)) return [];
  // A clause cut before its sentence ends is spoken as one that goes on: eSpeak lets the pitch fall where no mark stands.
  const open = /[.!?;:。！？；：…,，、]["'”’)\]」』】]*$/.test(spoken) ? "" : ",";
  return scriptRuns(reading(spoken, lang) + open, lang).flatMap((run) => {
    const voice: EspeakVoice = run.lang === "zh" ? "cmn-latn-pinyin" : "en-us";
    const text = (run.lang === "zh" ? toPinyin(run.text) : toEnglish(run.text)).slice(0, ESPEAK_TEXT);
    return /[\p{L}\p{N}]/u.test(text) ? [{ text, voice }] : [];
  });
};

/** English for eSpeak: Latin letters, digits and the marks it pauses at. It would name every other sign. */
const toEnglish = (text: string): string =>
  text
    .replace(/[，、：—–…]/g, ", ")
    .replace(/[。．]/g, ". ")
    .replace(/[！]/g, "! ")
    .replace(/[？]/g, "? ")
    .replace(/[；]/g, "; ")
    .replace(/[’‘ʼ]/g, "'")
    .replace(/\n+/g, ". ")
    .replace(/[^\p{Script=Latin}\p{M}\p{Nd}\s.,;:!?'-]/gu, " ")
    .replace(/\s+/g, " ")
    .trim();

interface Run {
  /** -32768..32767, without the silence at its end. */
  readonly pcm: Int16Array;
  readonly phonemes: readonly Phoneme[];
}

/** The sound of one line without the silence at its end; times from its start. */
const runOf = ({ pcm, events }: EspeakSound): Run => {
  let last = pcm.length - 1;
  while (last >= 0 && Math.abs(pcm[last] ?? 0) <= SILENCE) last--;
  const end = Math.min(pcm.length, last + 1 + Math.round((TAIL * ESPEAK_RATE) / 1_000_000));
  const until = fromSamples(end, ESPEAK_RATE);
  const phonemes: Phoneme[] = [];
  events.forEach((event, at) => {
    // An event lasts until the next one: eSpeak gives no length.
    const start = Math.min(fromMillis(event.ms), until) as Micros;
    const next = events[at + 1];
    const stop = next === undefined ? until : (Math.min(fromMillis(next.ms), until) as Micros);
    // `(en)` and `(cmn)` say which voice speaks, not what is heard.
    if (stop <= start || event.symbol.startsWith("(")) return;
    // eSpeak writes a pause as an empty symbol, often two in a row.
    const symbol = event.symbol || "_";
    const last = phonemes.at(-1);
    if (symbol === "_" && last?.symbol === "_") phonemes.splice(-1, 1, { ...last, end: stop });
    else phonemes.push({ symbol, start, end: stop });
  });
  return { pcm: pcm.subarray(0, end), phonemes };
};

function* piecesOf(runs: readonly Run[]): Generator<TtsPiece, void, undefined> {
  const sounding = runs.filter((run) => run.pcm.length > 0);
  const gap = Math.round((JOIN * ESPEAK_RATE) / 1_000_000);
  const length = sounding.reduce((sum, run) => sum + run.pcm.length, gap * Math.max(0, sounding.length - 1));
  const pcm = new Float32Array(length);
  const phonemes: Phoneme[] = [];
  let at = 0;
  for (const run of sounding) {
    const base = fromSamples(at, ESPEAK_RATE);
    for (const { symbol, start, end } of run.phonemes)
      phonemes.push({ symbol, start: (base + start) as Micros, end: (base + end) as Micros });
    for (let index = 0; index < run.pcm.length; index++) pcm[at + index] = (run.pcm[index] ?? 0) / 32_768;
    at += run.pcm.length + gap;
  }
  for (let start = 0; start < length; start += PIECE) {
    const piece = pcm.subarray(start, Math.min(length, start + PIECE));
    yield { sampleRate: ESPEAK_RATE, pcm: piece, phonemes: start === 0 ? phonemes : [] };
  }
}
