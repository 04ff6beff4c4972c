import type { Lang, Phoneme } from "../../bridge/core/frames.ts";
import { fromMillis } from "../../bridge/core/time.ts";
import { closingOf, isVowel, leadOf, pullOf, shapeOf, type Pull } from "./targets.ts";
import { isPause, isStressed, isSwitch, sightOf } from "./visemes/lookup.ts";
import type { Closing, Viseme } from "./visemes/viseme.ts";

/** A stretch of time with one mouth shape. Times are pts. */
export interface Segment {
  readonly viseme: Viseme;
  readonly start: number;
  readonly end: number;
  readonly stressed: boolean;
  readonly vowel: boolean;
  readonly shape: Float32Array;
  readonly pull: Pull;
  /** Middle and half-width of full dominance; lips of a glide lead its sound. */
  readonly middle: number;
  readonly plateau: number;
  readonly jawForce: number;
  readonly lipForce: number;
  /** Its shape does not show before this, and wholly only `fade` later. */
  readonly from: number;
  readonly fade: number;
  /** Set by loudness: how far this syllable opens. */
  jawScale: number;
  lipScale: number;
}

/** A stretch in which lips or teeth must meet. Times are pts. */
export interface Closure {
  readonly kind: Closing;
  readonly viseme: Viseme;
  readonly start: number;
  readonly end: number;
  readonly rampIn: number;
  readonly rampOut: number;
}

/** The silence of a voiceless stop lies this long before its event, which is the burst: levels of -100 dB at -30 to -10 ms were measured for p, t and k of both voices. */
const VOICELESS_SILENCE = fromMillis(40);
/** Voiced lips are already together this long before their event. */
const VOICED_EARLY = fromMillis(10);
/** Pauses below this are joints between words or syllables, not silence. */
const SHORTEST_REST = fromMillis(80);
const SHORTEST_SOUND = fromMillis(12);
/** Rest holds until this long before the next sound: lips open 120 to 150 ms ahead of it. */
const REST_EDGE = fromMillis(60);

/**
 * How long before its first sound a clause begins to show on the lips. Known early: as far back as playout makes frames
 * again (150 ms, of which 20 ms are the lips' lead). Known late (a turn's first
 * clause, about 60 ms ahead), it must start from a mouth that was already shown at rest.
 */
export const ONSET = fromMillis(130);
const LATE_ONSET = fromMillis(20);
const LATE_FADE = fromMillis(60);

/** Where a clause lies: heard from `pts`, which is `offset` in the turn; `late` where frames around `pts` have been made already. */
export interface Place {
  readonly pts: number;
  readonly offset: number;
  readonly late: boolean;
}

interface Piece {
  readonly viseme: Viseme;
  readonly start: number;
  end: number;
  readonly stressed: boolean;
  /** Of a voiceless stop: the time of its burst. */
  readonly burst: number | undefined;
}

/** Segments and closures of the phonemes of one clause at `place`. Any garbage in gives finite, ordered segments out. */
export const toSegments = (
  phonemes: readonly Phoneme[],
  lang: Lang,
  place: Place,
): { segments: Segment[]; closures: Closure[] } => {
  const pieces = merged(inContext(cut(phonemes, lang, place.pts - place.offset), lang));
  const shown = place.late
    ? { from: place.pts - LATE_ONSET, fade: LATE_FADE }
    : { from: place.pts - ONSET, fade: ONSET };
  return {
    segments: pieces.map((piece) => toSegment(piece, shown)),
    closures: toClosures(pieces),
  };
};

/** A silent segment. */
export const restBetween = (start: number, end: number): Segment =>
  toSegment({ viseme: "rest", start, end, stressed: false, burst: undefined }, ALWAYS);

const ALWAYS = { from: Number.NEGATIVE_INFINITY, fade: 1 };

const cut = (phonemes: readonly Phoneme[], lang: Lang, shift: number): Piece[] => {
  const timed = phonemes
    .filter((p) => Number.isFinite(p.start) && Number.isFinite(p.end))
    .sort((a, b) => a.start - b.start);
  const pieces: Piece[] = [];
  // Where a transparent sound began: the shape after it takes that time too.
  let open: number | undefined;
  timed.forEach((phoneme, index) => {
    if (isPause(phoneme.symbol) || isSwitch(phoneme.symbol)) return;
    const sight = sightOf(phoneme.symbol, lang);
    const event = phoneme.start + shift;
    if (sight.shapes.length === 0) {
      open ??= event;
      return;
    }
    const next = (timed[index + 1]?.start ?? Number.POSITIVE_INFINITY) + shift;
    const said = phoneme.end + shift;
    const end = Math.max(
      event + SHORTEST_SOUND,
      Math.min(said > event ? said : next, next, event + 2_000_000),
    );
    const last = pieces.at(-1);
    const start = Math.max(
      sight.voicelessStop ? event - VOICELESS_SILENCE : (open ?? event),
      last?.start ?? -Infinity,
    );
    open = undefined;
    if (last !== undefined) {
      if (start - last.end >= SHORTEST_REST)
        pieces.push({ viseme: "rest", start: last.end, end: start, stressed: false, burst: undefined });
      else last.end = Math.max(start, last.start);
    }
    let from = start;
    for (const [viseme, share] of sight.shapes) {
      const to = from + (end - start) * share;
      const burst = sight.voicelessStop ? event : undefined;
      pieces.push({ viseme, start: from, end: to, stressed: isStressed(phoneme.symbol), burst });
      from = to;
    }
  });
  return pieces;
};

/** Mandarin's two context rules: j q x y round before ü, and a syllable's final n hardly shows. */
const inContext = (pieces: readonly Piece[], lang: Lang): Piece[] =>
  pieces.map((piece, index) => {
    if (lang !== "zh") return piece;
    const next = pieces[index + 1];
    if ((piece.viseme === "JI" || piece.viseme === "yod") && next?.viseme === "Y")
      return { ...piece, viseme: "JY" };
    const before = pieces[index - 1];
    const final =
      before !== undefined && isVowel(before.viseme) && (next === undefined || !isVowel(next.viseme));
    return piece.viseme === "nn" && final ? { ...piece, viseme: "weak" } : piece;
  });

const merged = (pieces: readonly Piece[]): Piece[] => {
  const out: Piece[] = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    const same = last?.viseme === piece.viseme && piece.burst === undefined && last.burst === undefined;
    if (last !== undefined && same && !piece.stressed) last.end = piece.end;
    else out.push({ ...piece });
  }
  return out;
};

const toSegment = (piece: Piece, shown: { from: number; fade: number }): Segment => {
  const pull = pullOf(piece.viseme);
  const lead = fromMillis(leadOf(piece.viseme));
  const length = piece.end - piece.start;
  // Force grows with duration: a short sound is undershot (90 ms reaches full force).
  const reach = Math.min(1, length / 90_000 + 0.35);
  const half = (length + lead) / 2;
  return {
    viseme: piece.viseme,
    start: piece.start,
    end: piece.end,
    stressed: piece.stressed,
    vowel: isVowel(piece.viseme),
    shape: shapeOf(piece.viseme),
    pull,
    middle: piece.end - half,
    plateau: piece.viseme === "rest" ? Math.max(half / 2, half - REST_EDGE) : half / 2,
    jawForce: pull.jaw * reach,
    lipForce: pull.lips * reach,
    ...shown,
    jawScale: 1,
    lipScale: 1,
  };
};

/** Ramps into and out of a closure, and the shortest time it is held: a human take's closures last 92 ms in the median, ramps included. */
const RAMP_IN = fromMillis(60);
const RAMP_OUT = fromMillis(55);
const SHORTEST_HOLD = fromMillis(50);
/** Lips that would part for less than this stay together. */
const FLUTTER = fromMillis(60);

const toClosures = (pieces: readonly Piece[]): Closure[] => {
  const windows: { kind: Closing; viseme: Viseme; start: number; end: number }[] = [];
  for (const piece of pieces) {
    const kind = closingOf(piece.viseme);
    if (kind === undefined) continue;
    let start = piece.burst === undefined ? piece.start - VOICED_EARLY : piece.burst - VOICELESS_SILENCE;
    let end = piece.burst ?? piece.end;
    const short = (SHORTEST_HOLD - (end - start)) / 2;
    if (short > 0) {
      start -= short;
      end += short;
    }
    const last = windows.findLast((window) => window.kind === kind);
    if (last !== undefined && start - last.end < FLUTTER) last.end = Math.max(last.end, end);
    else windows.push({ kind, viseme: piece.viseme, start, end });
  }
  return windows.map((window) => {
    const same = windows.filter((other) => other.kind === window.kind);
    const at = same.indexOf(window);
    const before = window.start - (same[at - 1]?.end ?? -Infinity);
    const after = (same[at + 1]?.start ?? Infinity) - window.end;
    return { ...window, rampIn: Math.min(RAMP_IN, before / 2), rampOut: Math.min(RAMP_OUT, after / 2) };
  });
};
