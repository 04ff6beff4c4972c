// The eSpeak NG process. eSpeak NG is GPL-3.0: this is the one file that loads it, and it talks to the rest over a pipe.
import load from "@echogarden/espeak-ng-emscripten";
import type { EspeakEvent, EspeakReply, EspeakRequest, EspeakVoice } from "./espeak-message.ts";
import { ESPEAK_RATE, ESPEAK_TEXT } from "./espeak-message.ts";

/** Longest sound of one request, samples: four minutes. A text that sounds longer is cut, not left running. */
const LONGEST = ESPEAK_RATE * 240;

/**
 * Spoken to nobody at start. The WebAssembly is compiled in two tiers: the first three or four sentences take
 * 100–200 ms each, later ones 5–10 ms.
 */
const WARMING: readonly (readonly [EspeakVoice, string])[] = [
  ["en-us", "Hello there, how are you today? The quick brown fox jumps over the lazy dog."],
  ["cmn-latn-pinyin", "ni3hao3, huan1ying2 lai2dao4 wo3men5 de5 zhi2bo1jian1."],
  ["en-us", "Just a moment, please; I would like to show you our newest things, John."],
  ["en-us", "Pleasure is measured by voice, thought and youth."],
  ["cmn-latn-pinyin", "qing3 shao1deng3, xian4zai4 kai1shi3."],
];

/** The Mandarin voice is 2.7 dB louder than the English one at the same volume, and clips. */
const VOLUME: Readonly<Record<EspeakVoice, number>> = { "en-us": 100, "cmn-latn-pinyin": 75 };

const engine = new (await load()).eSpeakNGWorker();

const synthesize = (request: { text: string; voice: EspeakVoice; rate: number; pitch: number }) => {
  engine.set_voice(request.voice);
  engine.set_volume(VOLUME[request.voice]);
  engine.set_rate(request.rate);
  engine.set_pitch(request.pitch);
  const pieces: Int16Array[] = [];
  const events: EspeakEvent[] = [];
  let samples = 0;
  engine.synthesize(request.text.slice(0, ESPEAK_TEXT), (pcm, heard) => {
    if (pcm !== null && pcm.length > 0) {
      pieces.push(pcm.slice());
      samples += pcm.length;
    }
    for (const event of heard)
      if (event.type === "phoneme") events.push({ symbol: String(event.id), ms: event.audio_position });
    return samples > LONGEST;
  });
  const pcm = new Int16Array(samples);
  let at = 0;
  for (const piece of pieces) {
    pcm.set(piece, at);
    at += piece.length;
  }
  return { pcm, events };
};

const send = (reply: EspeakReply): void => {
  // A parent that has gone is seen through "disconnect"; an answer to it is nobody's loss.
  if (process.connected) process.send?.(reply, undefined, undefined, () => undefined);
};

const waiting: Extract<EspeakRequest, { kind: "speak" }>[] = [];
let scheduled = false;

/** One request per turn of the event loop, so that a cancellation behind it in the pipe is read in time. */
const next = (): void => {
  scheduled = false;
  const request = waiting.shift();
  if (request !== undefined) {
    try {
      send({ kind: "spoken", id: request.id, ...synthesize(request) });
    } catch (error) {
      send({
        kind: "failed",
        id: request.id,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
  schedule();
};

const schedule = (): void => {
  if (scheduled || waiting.length === 0) return;
  scheduled = true;
  setImmediate(next);
};

process.on("message", (message: EspeakRequest) => {
  if (message.kind === "cancel") {
    const at = waiting.findIndex((request) => request.id === message.id);
    if (at >= 0) waiting.splice(at, 1);
    return;
  }
  waiting.push(message);
  schedule();
});
// The parent's end of the pipe closes however it ends, so this process never outlives it.
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole process group; the parent decides when its voice falls silent.
process.on("SIGINT", () => undefined);

for (const [voice, text] of WARMING) synthesize({ text, voice, rate: 175, pitch: 50 });
send({ kind: "ready", rate: engine.get_samplerate() });
