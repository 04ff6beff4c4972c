import type { MeshDraft, Vertex } from "./mesh-draft.ts";
import { EYE_X, EYE_Y, almond } from "./surface.ts";

/** How far behind the rim the wall of an eye hole ends, cm. */
const WALL_DEPTH = 1.5;

/** True where a quad lies inside the almond of an eye and is left out. */
export const inEye = (draft: MeshDraft, quad: readonly number[]): boolean => {
  let [x, y, facing] = [0, 0, 0];
  for (const number of quad) {
    const vertex = draft.vertex(number);
    x += vertex.x / quad.length;
    y += vertex.y / quad.length;
    facing += vertex.facing / quad.length;
  }
  const dx = Math.abs(x) - EYE_X;
  if (facing <= 0.4 || Math.abs(dx) > 1.6) return false;
  const rim = almond(dx);
  return y < rim.upper && y > rim.lower;
};

/** Pushes the rows next to an eye onto the almond; `line` then walls the holes once the quads are laid. */
export const cutEyes = (draft: MeshDraft): { line(): void } => {
  for (const vertex of draft.vertices) {
    const dx = Math.abs(vertex.chartX) - EYE_X;
    const y = vertex.chartY;
    if (vertex.facing < 0.4 || Math.abs(dx) > 1.75 || Math.abs(y) > 1.5) continue;
    const rim = almond(dx);
    if (y > rim.upper || y < rim.lower) continue;
    if (y >= (rim.upper + rim.lower) / 2 && y > rim.upper - 0.16) vertex.y += rim.upper - y;
    else if (y < rim.lower + 0.16) vertex.y += rim.lower - y;
  }
  return { line: () => lineHoles(draft) };
};

/** Walls the eye holes inwards, so that nobody looks behind the mask. */
const lineHoles = (draft: MeshDraft): void => {
  const twins = new Map<number, number>();
  const twinOf = (number: number): number => {
    const known = twins.get(number);
    if (known !== undefined) return known;
    const vertex = draft.vertex(number);
    const side = vertex.x > 0 ? 1 : -1;
    const dx = Math.abs(vertex.x) - EYE_X;
    snapToRim(vertex, dx);
    const twin = draft.add({
      x: side * (EYE_X + dx * 0.93),
      y: vertex.y * 0.93,
      z: vertex.z - WALL_DEPTH,
      chartX: vertex.chartX,
      chartY: vertex.chartY,
      facing: vertex.facing,
      part: "eye-wall",
    });
    twins.set(number, twin);
    return twin;
  };
  for (const [from, to] of openEdges(draft.index)) {
    if (!nearEye(draft.vertex(from)) || !nearEye(draft.vertex(to))) continue;
    const [twinFrom, twinTo] = [twinOf(from), twinOf(to)];
    draft.triangle(to, from, twinTo);
    draft.triangle(from, twinFrom, twinTo);
  }
};

/** The grid alone leaves stairs; on the rim exactly, the hole looks cut. */
const snapToRim = (vertex: Vertex, dx: number): void => {
  if (Math.abs(dx) >= 1.5) return;
  const rim = almond(dx);
  vertex.y = vertex.y > (rim.upper + rim.lower) / 2 ? rim.upper : rim.lower;
};

const nearEye = (vertex: Vertex): boolean =>
  vertex.facing > 0.4 && Math.abs(Math.abs(vertex.x) - EYE_X) < 2.1 && Math.abs(vertex.y - EYE_Y) < 1.3;

/** Edges with a triangle on one side only, in the direction that triangle runs them. */
const openEdges = (index: readonly number[]): (readonly [number, number])[] => {
  const edges = new Map<number, readonly [number, number] | undefined>();
  for (let t = 0; t < index.length; t += 3)
    for (let k = 0; k < 3; k++) {
      const a = index[t + k] ?? 0;
      const b = index[t + ((k + 1) % 3)] ?? 0;
      const key = Math.min(a, b) * 65_536 + Math.max(a, b);
      edges.set(key, edges.has(key) ? undefined : [a, b]);
    }
  return [...edges.values()].filter((edge) => edge !== undefined);
};
