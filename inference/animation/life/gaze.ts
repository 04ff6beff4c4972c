import { fromMillis } from "../../../bridge/core/time.ts";
import type { Attention } from "./attention.ts";
import { Draw } from "./random.ts";
import { minimumJerk, Schedule, type Timed } from "./schedule.ts";
import { sway } from "./sway.ts";

/** One place the eyes rest on. Angles in degrees: yaw to the puppet's right, pitch down, 0/0 is the viewer. */
interface Fixation extends Timed {
  readonly yaw: number;
  readonly pitch: number;
  readonly away: boolean;
  /** Length of the saccade that leads here. */
  readonly saccade: number;
  /** Angle of that saccade, degrees. */
  readonly amplitude: number;
  readonly headYaw: number;
  readonly headPitch: number;
  readonly headStart: number;
  readonly headLength: number;
  /** When the eyes leave this place. */
  readonly until: number;
  /** When the next look away from the viewer is due. */
  readonly nextAway: number;
}

const STREAM = 10;
/** Looks away from the viewer, seconds: how long and how often, mean and deviation (Andrist et al. 2013). */
const AWAY: Readonly<
  Record<Attention, { long: readonly [number, number]; every: readonly [number, number] }>
> = {
  idle: { long: [1.4, 0.5], every: [7.5, 2.5] },
  listening: { long: [1.1, 0.3], every: [7.2, 1.9] },
  speaking: { long: [1.6, 0.4], every: [4.8, 1.4] },
  thinking: { long: [1.6, 0.5], every: [0.1, 0.05] },
};
/** Eyes alone turn up to here; beyond it the head takes 0.7 of the rest (Freedman and Sparks). */
const EYES_ALONE = 15;
const HEAD_SHARE = 0.7;
const LARGEST = 22;

/** Where the puppet looks. Degrees. */
export interface Gaze {
  yaw: number;
  pitch: number;
  headYaw: number;
  headPitch: number;
}

/** Where the eyes look: mostly at the viewer, away now and then, up and aside while thinking. */
export class Gazes {
  readonly #seed: number;
  readonly #row: Schedule<Fixation>;

  constructor(
    seed: number,
    attention: { modeAt: (pts: number) => Attention; since: (pts: number) => number },
    onShift: (at: number, amplitude: number, index: number) => void,
  ) {
    this.#seed = seed;
    this.#row = new Schedule<Fixation>(
      (at) => contact(at, new Draw(seed, STREAM, 0), undefined, at + 3e6),
      (previous, index, floor) => {
        const draw = new Draw(seed, STREAM, index);
        const cut = floor > previous.start && floor < previous.until;
        const mode = attention.modeAt(cut ? floor : previous.until);
        // A question turns the eyes away within a quarter of a second, an answer brings them back a little later.
        const react = mode === "thinking" ? draw.within(120_000, 240_000) : draw.within(60_000, 400_000);
        const at = cut ? Math.max(floor + react, previous.start + 120_000) : previous.until;
        const since = Math.max(attention.since(at), previous.start);
        const next = fixationAfter(previous, at, mode, draw, since);
        if (next.amplitude > 8) onShift(at, next.amplitude, index);
        return next;
      },
    );
  }

  /** The mode changes: fixations that begin after `at` are chosen anew. */
  cut(at: number): void {
    this.#row.cut(at);
  }

  look(pts: number, out: Gaze): void {
    const row = this.#row.around(pts);
    const first = row[0];
    out.yaw = first?.yaw ?? 0;
    out.pitch = first?.pitch ?? 0;
    out.headYaw = first?.headYaw ?? 0;
    out.headPitch = first?.headPitch ?? 0;
    for (const fixation of row) {
      if (fixation.start > pts) break;
      // Peak velocity at 40 % of a saccade: the path's time is bent by 0.756 = ln 0.5 / ln 0.4.
      const x = Math.min(1, (pts - fixation.start) / fixation.saccade);
      const eyes = minimumJerk(x ** 0.756);
      out.yaw += (fixation.yaw - out.yaw) * eyes;
      out.pitch += (fixation.pitch - out.pitch) * eyes;
      const head = minimumJerk((pts - fixation.headStart) / fixation.headLength);
      out.headYaw += (fixation.headYaw - out.headYaw) * head;
      out.headPitch += (fixation.headPitch - out.headPitch) * head;
    }
    out.yaw += 0.12 * sway(this.#seed, STREAM + 2, pts, 350_000);
    out.pitch += 0.1 * sway(this.#seed, STREAM + 3, pts, 350_000);
  }
}

const fixationAfter = (
  previous: Fixation,
  at: number,
  mode: Attention,
  draw: Draw,
  since: number,
): Fixation => {
  const { long, every } = AWAY[mode];
  const interval = Math.max(0.05, draw.normal(every[0], every[1])) * 1e6;
  if (mode === "thinking") return away(at, draw, previous, long, Number.NEGATIVE_INFINITY, previous.away);
  if (previous.away) return contact(at, draw, previous, at + interval);
  // A look away that was due long before this mode began is planned anew.
  const due = previous.nextAway < since - 1e6 ? since + interval * draw.within(0.3, 1) : previous.nextAway;
  return at >= due ? away(at, draw, previous, long, due, false) : contact(at, draw, previous, due);
};

/** A look at the viewer's face: eyes and, less often, mouth (scan triangle 60/30/10 %). */
const contact = (at: number, draw: Draw, previous: Fixation | undefined, nextAway: number): Fixation => {
  const leftEye = draw.happens(0.6);
  const mouth = draw.happens(0.1);
  const yaw = (mouth ? 0 : 0.9) * (leftEye ? 1 : -1) + draw.normal(0, 0.2);
  const pitch = (mouth ? 1.8 : 0) + draw.normal(0, 0.2);
  const dwell = draw.within(300, 900) * 1_000 + (draw.happens(0.3) ? 900_000 : 0);
  return fixation({ at, yaw, pitch, away: false, until: at + dwell, nextAway }, previous, draw);
};

const away = (
  at: number,
  draw: Draw,
  previous: Fixation,
  long: readonly [number, number],
  nextAway: number,
  again: boolean,
): Fixation => {
  const until = at + Math.max(0.5, draw.normal(long[0], long[1])) * 1e6;
  if (again) {
    // Still thinking: the eyes wander near where they are.
    const yaw = clamped(previous.yaw + draw.normal(0, 3));
    const pitch = clamped(previous.pitch + draw.normal(0, 2));
    return fixation({ at, yaw, pitch, away: true, until, nextAway }, previous, draw);
  }
  // Saccade angles of Eyes Alive (Lee et al. 2002), at least large enough to be read as looking away.
  const angle = Math.min(LARGEST, Math.max(7, -6.9 * Math.log(draw.within(0.5, 15) / 15.7)));
  const side = draw.happens(0.5) ? 1 : -1;
  // Up 39, aside 31, down 29 % (Andrist et al.).
  const where = draw.within(0, 1);
  const slope = draw.within(0.35, 0.7);
  let tilt = draw.within(-0.15, 0.15);
  if (where < 0.39) tilt = -slope;
  else if (where > 0.7) tilt = slope;
  const yaw = side * angle * Math.sqrt(1 - tilt * tilt);
  return fixation({ at, yaw, pitch: angle * tilt, away: true, until, nextAway }, previous, draw);
};

const fixation = (
  place: { at: number; yaw: number; pitch: number; away: boolean; until: number; nextAway: number },
  previous: Fixation | undefined,
  draw: Draw,
): Fixation => {
  const amplitude = Math.hypot(
    place.yaw - (previous?.yaw ?? place.yaw),
    place.pitch - (previous?.pitch ?? place.pitch),
  );
  const eccentric = Math.hypot(place.yaw, place.pitch);
  const share = eccentric > EYES_ALONE ? (HEAD_SHARE * (eccentric - EYES_ALONE)) / eccentric : 0;
  // The eyes lead: 139 ms at 10 degrees, 50 ms at 40.
  const lead = Math.max(50, 139 - 3 * Math.max(0, amplitude - 10)) * 1_000;
  return {
    start: place.at,
    yaw: place.yaw,
    pitch: place.pitch,
    away: place.away,
    // Main sequence: duration 21 ms + 2.2 ms a degree (Carpenter).
    saccade: fromMillis(21 + 2.2 * amplitude),
    amplitude,
    headYaw: place.yaw * share + (place.away ? 0.12 * place.yaw : 0),
    headPitch: place.pitch * share + (place.away ? 0.1 * place.pitch : 0),
    headStart: place.at + lead,
    headLength: draw.within(450_000, 700_000),
    until: place.until,
    nextAway: place.nextAway,
  };
};

const clamped = (angle: number): number => Math.min(LARGEST, Math.max(-LARGEST, angle));
