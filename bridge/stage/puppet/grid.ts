import { bump } from "./maths.ts";
import { MeshDraft } from "./mesh-draft.ts";
import { cutEyes, inEye } from "./eye-holes.ts";
import { lineLips } from "./lips.ts";
import { CHIN, CROWN, EYE_Y, MOUTH_HALF, MOUTH_Y, surfacePoint } from "./surface.ts";

/** Columns round the head and rows from crown to chin. */
export interface Detail {
  /** Odd, so that one column lies on the middle of the face; even counts open the lips unevenly. */
  readonly columns: number;
  readonly rows: number;
}

/** Upper and lower vertex of one column of the lips. */
export type LipPair = readonly [upper: number, lower: number];

/** The head as one sheet: a slit for the mouth, almond holes for the eyes. */
export interface HeadGrid {
  readonly draft: MeshDraft;
  readonly lipPairs: readonly LipPair[];
}

/** Angles of the columns, dense in front. */
const angles = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => {
    const s = (i / (count - 1)) * 2 - 1;
    return Math.PI * (0.42 * s + 0.58 * s * s * s);
  });

const density = (y: number): number =>
  1 +
  2.4 * bump(y - MOUTH_Y, 1.3) +
  1.9 * bump(y - EYE_Y, 1.2) +
  0.8 * bump(y + 4, 1.2) +
  0.5 * bump(y + 9.5, 1);

/** Heights of the rows, dense at eyes and mouth, with one row exactly on each. */
const heights = (count: number): number[] => {
  const steps = 2_000;
  const heightAt = (k: number): number => CROWN - ((CROWN - CHIN) * k) / steps;
  let total = 0;
  for (let k = 0; k <= steps; k++) total += density(heightAt(k));
  const rows: number[] = [];
  let sum = 0;
  for (let k = 0; k <= steps && rows.length < count; k++) {
    sum += density(heightAt(k));
    while (rows.length < count && sum >= (total * rows.length) / (count - 1)) rows.push(heightAt(k));
  }
  while (rows.length < count) rows.push(CHIN);
  rows[0] = CROWN;
  rows[count - 1] = CHIN;
  for (const exact of [MOUTH_Y, EYE_Y]) rows[nearest(rows, exact)] = exact;
  return rows;
};

const nearest = (values: readonly number[], wanted: number): number => {
  let best = 0;
  for (const [i, value] of values.entries())
    if (Math.abs(value - wanted) < Math.abs((values[best] ?? 0) - wanted)) best = i;
  return best;
};

/** Lays the grid over the surface, splits the lips, cuts the eyes and lines both. */
export const layGrid = ({ columns, rows }: Detail): HeadGrid => {
  if (columns % 2 === 0) throw new RangeError("a head needs an odd number of columns");
  const draft = new MeshDraft();
  const rowHeights = heights(rows);
  const id = (row: number, column: number): number => row * columns + column;
  const columnAngles = angles(columns);
  for (const height of rowHeights)
    for (const angle of columnAngles) {
      const [x, y, z] = surfacePoint(angle, height);
      draft.add({ x, y, z, chartX: x, chartY: height, facing: Math.cos(angle), part: "skin" });
    }

  const mouthRow = rowHeights.indexOf(MOUTH_Y);
  const lips = splitLips(draft, columnAngles, (column) => id(mouthRow, column));
  const holes = cutEyes(draft);
  for (let row = 0; row < rows - 1; row++)
    for (let column = 0; column < columns - 1; column++) {
      const below = row === mouthRow ? lips.lower : undefined;
      const corners = [
        below?.get(column) ?? id(row, column),
        below?.get(column + 1) ?? id(row, column + 1),
        id(row + 1, column),
        id(row + 1, column + 1),
      ] as const;
      if (inEye(draft, corners)) continue;
      const [a, b, c, d] = corners;
      draft.triangle(a, c, b);
      draft.triangle(b, c, d);
    }
  holes.line();
  lineLips(draft, lips.upperEdge, 1);
  lineLips(draft, lips.lowerEdge, -1);
  return { draft, lipPairs: lips.pairs };
};

interface SplitLips {
  readonly pairs: readonly LipPair[];
  /** Lower vertex of each column of the mouth row; the corners keep their only one. */
  readonly lower: ReadonlyMap<number, number>;
  readonly upperEdge: readonly number[];
  readonly lowerEdge: readonly number[];
}

/** Doubles the mouth row between the corners: one vertex for each lip. */
const splitLips = (
  draft: MeshDraft,
  columnAngles: readonly number[],
  mouthVertex: (column: number) => number,
): SplitLips => {
  const pairs: LipPair[] = [];
  const lower = new Map<number, number>();
  let [first, last] = [columnAngles.length, 0];
  for (const [column, angle] of columnAngles.entries()) {
    const vertex = draft.vertex(mouthVertex(column));
    if (Math.cos(angle) <= 0.5 || Math.abs(vertex.x) >= MOUTH_HALF) continue;
    vertex.part = "upper-edge";
    const twin = draft.add({ ...vertex, chartY: MOUTH_Y - 1e-3, facing: 1, part: "lower-edge" });
    lower.set(column, twin);
    pairs.push([mouthVertex(column), twin]);
    first = Math.min(first, column);
    last = Math.max(last, column);
  }
  for (const corner of [first - 1, last + 1]) lower.set(corner, mouthVertex(corner));
  const spanned = Array.from({ length: last - first + 3 }, (_, k) => first - 1 + k);
  return {
    pairs,
    lower,
    upperEdge: spanned.map(mouthVertex),
    lowerEdge: spanned.map((column) => lower.get(column) ?? mouthVertex(column)),
  };
};
