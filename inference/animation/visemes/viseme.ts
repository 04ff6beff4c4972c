/**
 * Mouth shapes, the union of what English and Mandarin need. `rest` is silence. The last six are variants that keep
 * a shape but weigh differently against their neighbours: j and w glides, alveolo-palatals plain and before ü, the two
 * "buzzed" Mandarin vowels, and consonants too weak to see (a final -n, -ng, an h made in the throat).
 */
export const VISEMES = [
  "rest",
  "PP",
  "FF",
  "TH",
  "DD",
  "nn",
  "kk",
  "SS",
  "CH",
  "RR",
  "ER",
  "schwa",
  "aa",
  "ah",
  "ae",
  "E",
  "I",
  "O",
  "U",
  "Y",
  "yod",
  "waw",
  "JI",
  "JY",
  "zi",
  "zhi",
  "weak",
] as const;

export type Viseme = (typeof VISEMES)[number];

/** How lips or breath stop the sound: decides the closure window of a segment. */
export type Closing = "bilabial" | "labiodental" | "sibilant";

/** What one phoneme symbol looks like: shapes in order, each with its share of the phoneme's time. */
export interface Sight {
  readonly shapes: readonly (readonly [viseme: Viseme, share: number])[];
  /** True for a stop whose silence lies before its event; see `VOICELESS_SILENCE` in segments. */
  readonly voicelessStop: boolean;
}

/** One shape for the whole phoneme. */
export const one = (viseme: Viseme): Sight => ({ shapes: [[viseme, 1]], voicelessStop: false });

/** A glide: two shapes split 60/40 (rhubarb's animationRules.cpp), or as given. */
export const glide = (from: Viseme, to: Viseme, share = 0.6): Sight => ({
  shapes: [
    [from, share],
    [to, 1 - share],
  ],
  voicelessStop: false,
});

/** Three shapes; the middle one holds longest. */
export const triple = (first: Viseme, middle: Viseme, last: Viseme): Sight => ({
  shapes: [
    [first, 0.28],
    [middle, 0.4],
    [last, 0.32],
  ],
  voicelessStop: false,
});

/** A voiceless stop: its event is the burst, the silence comes before. */
export const stop = (viseme: Viseme): Sight => ({ shapes: [[viseme, 1]], voicelessStop: true });

/** Copies its neighbour: glottal sounds are made below the mouth. */
export const TRANSPARENT: Sight = { shapes: [], voicelessStop: false };
