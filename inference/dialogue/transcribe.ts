import { EAR_RATE, type Lang } from "../../bridge/core/frames.ts";
import { fromMillis, fromSamples, minus, toSamples, type Micros } from "../../bridge/core/time.ts";
import type { VoiceStream } from "./listening.ts";
import type { Asr } from "./provider.ts";

/** Words of a stretch of voice in a sound; times count from its start. */
export interface SpokenSegment {
  readonly start: Micros;
  readonly end: Micros;
  readonly text: string;
}

export interface TranscribeOptions {
  /** A fresh stream; it is closed at the end. */
  readonly vad: VoiceStream;
  readonly asr: Asr;
  readonly lang: Lang;
  readonly signal: AbortSignal;
}

/** Length of a VAD window, in samples. */
const WINDOW = 512;
/** Windows pushed before their judgement is read: a quarter of what the VAD lets wait. */
const ROUND = 16;
/** Silence that ends a segment. Speeches pause for 1,024 ms inside a sentence, and half a sentence alone is heard worse. */
const PAUSE = fromMillis(1_500);
/** Sound kept before and after a voice. */
const MARGIN = fromMillis(300);

/** Transcribes a whole sound (mono, 16 kHz), stretch by stretch, as fast as the models go. Stretches without words are left out. */
export async function* transcribe(
  samples: Float32Array,
  options: TranscribeOptions,
): AsyncGenerator<SpokenSegment, void, undefined> {
  const { asr, lang, signal } = options;
  for await (const { start, end } of voices(samples, options)) {
    const turn = asr.begin(lang);
    try {
      turn.push(samples.subarray(toSamples(start, EAR_RATE), toSamples(end, EAR_RATE)));
      const text = await turn.transcribe(signal);
      if (text !== "") yield { start, end, text };
    } finally {
      turn.close();
    }
  }
}

/** Stretches of voice with their margins; they never overlap. */
async function* voices(
  samples: Float32Array,
  { vad, signal }: TranscribeOptions,
): AsyncGenerator<{ start: Micros; end: Micros }, void, undefined> {
  const length = fromSamples(samples.length, EAR_RATE);
  let start: Micros | undefined;
  let voiced = 0 as Micros;
  let ended = 0 as Micros;
  const stretch = (): { start: Micros; end: Micros } | undefined => {
    if (start === undefined) return undefined;
    const end = Math.min(length, voiced + MARGIN) as Micros;
    const found = { start: Math.max(start, ended) as Micros, end };
    start = undefined;
    ended = end;
    return found;
  };
  try {
    for await (const { at, voice, since } of judged(samples, vad, signal)) {
      if (voice === "onset") start = Math.max(0, since - MARGIN) as Micros;
      if (voice === "onset" || voice === "voice" || voice === "rise") voiced = at;
      if (start === undefined || minus(at, voiced) < PAUSE) continue;
      vad.settle();
      const found = stretch();
      if (found !== undefined) yield found;
    }
    const last = stretch();
    if (last !== undefined) yield last;
  } finally {
    vad.close();
  }
}

/** Every window of the sound and one of silence behind it, never more in the queue than it holds. */
async function* judged(
  samples: Float32Array,
  vad: VoiceStream,
  signal: AbortSignal,
): AsyncGenerator<{ at: Micros; voice: string; since: Micros }, void, undefined> {
  const windows = vad.windows(signal)[Symbol.asyncIterator]();
  const count = Math.ceil(samples.length / WINDOW) + 1;
  try {
    for (let from = 0; from < count; from += ROUND) {
      const round = Math.min(ROUND, count - from);
      const sound = new Float32Array(round * WINDOW);
      sound.set(samples.subarray(from * WINDOW, (from + round) * WINDOW));
      vad.push(sound, fromSamples(from * WINDOW, EAR_RATE));
      for (let i = 0; i < round; i++) {
        const next = await windows.next();
        if (next.done === true) return;
        yield next.value;
      }
    }
  } finally {
    await windows.return?.();
  }
}
