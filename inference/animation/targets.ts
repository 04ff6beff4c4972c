import { VISEMES, type Closing, type Viseme } from "./visemes/viseme.ts";

/** The mouth's own channels; both sides of the face are equal. `close` is left to the closure solver. */
export const MOUTH = {
  jaw: 0,
  funnel: 1,
  pucker: 2,
  stretch: 3,
  smile: 4,
  lowerDown: 5,
  upperUp: 6,
  rollLower: 7,
  rollUpper: 8,
  press: 9,
  shrugLower: 10,
  dimple: 11,
  tongue: 12,
  close: 13,
} as const;
export const MOUTH_COUNT = 14;

type Shape = Partial<Record<keyof typeof MOUTH, number>>;

/** How hard a shape pulls against its neighbours (Cohen and Massaro's dominance), and how fast that fades. */
export interface Pull {
  readonly jaw: number;
  readonly lips: number;
  /** Factor on `lips` for funnel and pucker: tongue consonants let their neighbours' rounding through. */
  readonly rounding: number;
  /** Decay before the middle of the segment (anticipation) and after it, per millisecond. */
  readonly before: number;
  readonly after: number;
  /** Factor on `before` for lips: rounding starts early. */
  readonly early: number;
}

interface Target {
  readonly shape: Shape;
  readonly pull: Pull;
  readonly vowel?: true;
  readonly closing?: Closing;
  /** Milliseconds by which the lips start before the sound. */
  readonly lead?: number;
}

const pull = (jaw: number, lips: number, decay: number, rest: Partial<Pull> = {}): Pull => ({
  jaw,
  lips,
  rounding: 1,
  before: decay,
  after: decay,
  early: 1,
  ...rest,
});
const VOWEL = pull(1, 1, 0.012);
const ROUNDED = pull(1, 1.6, 0.012, { early: 0.6 });
const PALATAL = pull(1.2, 1.6, 0.012);
const SIBILANT = pull(1.6, 1.2, 0.014);
const RHOTIC = pull(0.7, 1, 0.012);
const through = { rounding: 0.25 };

/**
 * Shapes as ARKit weights, tuned to the 99th percentiles of a real speaking take (jawOpen .42, funnel .42, pucker .52,
 * lowerDown .44, stretch .25); pulls as measured with the lip-gap model of the ICT face (see closure.ts).
 */
const TARGETS: Readonly<Record<Viseme, Target>> = {
  rest: { shape: {}, pull: { ...pull(0.8, 0.8, 0.01), after: 0.014 } },
  PP: {
    shape: { jaw: 0.05, rollLower: 0.06, rollUpper: 0.05, press: 0.12 },
    pull: pull(1.6, 3, 0.016, through),
    closing: "bilabial",
  },
  FF: {
    shape: { jaw: 0.06, upperUp: 0.18, rollLower: 0.35, shrugLower: 0.12, dimple: 0.05 },
    pull: pull(1.4, 3, 0.016, through),
    closing: "labiodental",
  },
  TH: {
    shape: { jaw: 0.13, lowerDown: 0.18, upperUp: 0.1, tongue: 0.25 },
    pull: pull(0.9, 0.9, 0.014, through),
  },
  DD: { shape: { jaw: 0.12, lowerDown: 0.2, upperUp: 0.1 }, pull: pull(0.7, 0.45, 0.016, through) },
  nn: {
    shape: { jaw: 0.12, lowerDown: 0.16, upperUp: 0.08, tongue: 0.05 },
    pull: pull(0.6, 0.4, 0.016, through),
  },
  kk: { shape: { jaw: 0.15, lowerDown: 0.14, upperUp: 0.07 }, pull: pull(0.5, 0.3, 0.016, through) },
  SS: {
    shape: { jaw: 0.05, stretch: 0.14, lowerDown: 0.28, upperUp: 0.14 },
    pull: SIBILANT,
    closing: "sibilant",
  },
  CH: {
    shape: { jaw: 0.07, funnel: 0.32, pucker: 0.22, lowerDown: 0.16, upperUp: 0.12 },
    pull: PALATAL,
    closing: "sibilant",
  },
  RR: { shape: { jaw: 0.1, funnel: 0.22, pucker: 0.2 }, pull: RHOTIC },
  ER: { shape: { jaw: 0.14, funnel: 0.18, pucker: 0.18 }, pull: RHOTIC, vowel: true },
  schwa: { shape: { jaw: 0.16, lowerDown: 0.12, upperUp: 0.06 }, pull: VOWEL, vowel: true },
  aa: { shape: { jaw: 0.38, lowerDown: 0.18, upperUp: 0.12 }, pull: VOWEL, vowel: true },
  ah: { shape: { jaw: 0.26, lowerDown: 0.15, upperUp: 0.08 }, pull: VOWEL, vowel: true },
  ae: {
    shape: { jaw: 0.3, stretch: 0.12, smile: 0.1, lowerDown: 0.22, upperUp: 0.12 },
    pull: VOWEL,
    vowel: true,
  },
  E: {
    shape: { jaw: 0.22, stretch: 0.12, smile: 0.1, lowerDown: 0.22, upperUp: 0.12 },
    pull: VOWEL,
    vowel: true,
  },
  I: {
    shape: { jaw: 0.1, stretch: 0.2, smile: 0.18, lowerDown: 0.24, upperUp: 0.1 },
    pull: VOWEL,
    vowel: true,
  },
  O: { shape: { jaw: 0.24, funnel: 0.4, pucker: 0.28 }, pull: ROUNDED, vowel: true },
  U: { shape: { jaw: 0.09, funnel: 0.18, pucker: 0.6 }, pull: ROUNDED, vowel: true },
  Y: { shape: { jaw: 0.09, funnel: 0.1, pucker: 0.65 }, pull: ROUNDED, vowel: true },
  yod: {
    shape: { jaw: 0.1, stretch: 0.2, smile: 0.18, lowerDown: 0.24, upperUp: 0.1 },
    pull: pull(0.6, 0.6, 0.012),
  },
  waw: {
    shape: { jaw: 0.09, funnel: 0.18, pucker: 0.6 },
    pull: pull(1.3, 2.1, 0.012, { early: 0.6 }),
    lead: 80,
  },
  JI: {
    shape: { jaw: 0.05, stretch: 0.18, lowerDown: 0.24, upperUp: 0.1 },
    pull: PALATAL,
    closing: "sibilant",
  },
  JY: { shape: { jaw: 0.05, pucker: 0.45, funnel: 0.1, lowerDown: 0.1 }, pull: PALATAL, closing: "sibilant" },
  zi: { shape: { jaw: 0.06, stretch: 0.15, lowerDown: 0.26, upperUp: 0.12 }, pull: VOWEL, vowel: true },
  zhi: {
    shape: { jaw: 0.08, funnel: 0.15, pucker: 0.1, lowerDown: 0.16, upperUp: 0.1 },
    pull: VOWEL,
    vowel: true,
  },
  weak: { shape: { jaw: 0.14, lowerDown: 0.14, upperUp: 0.07 }, pull: pull(0.3, 0.2, 0.016, through) },
};

const SHAPES = new Map<Viseme, Float32Array>(
  VISEMES.map((viseme) => {
    const shape = new Float32Array(MOUTH_COUNT);
    for (const [name, weight] of Object.entries(TARGETS[viseme].shape))
      shape[MOUTH[name as keyof typeof MOUTH]] = weight;
    return [viseme, shape];
  }),
);
const FLAT = new Float32Array(MOUTH_COUNT);

/** Weights of a viseme by `MOUTH` index. Shared: do not write to it. */
export const shapeOf = (viseme: Viseme): Float32Array => SHAPES.get(viseme) ?? FLAT;
export const pullOf = (viseme: Viseme): Pull => TARGETS[viseme].pull;
export const isVowel = (viseme: Viseme): boolean => TARGETS[viseme].vowel === true;
export const closingOf = (viseme: Viseme): Closing | undefined => TARGETS[viseme].closing;
/** How long before its sound a viseme's lips start, in milliseconds. */
export const leadOf = (viseme: Viseme): number => TARGETS[viseme].lead ?? 0;
