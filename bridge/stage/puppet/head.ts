import { ARKIT_WEIGHTS } from "../../core/arkit.ts";
import { layGrid } from "./grid.ts";
import type { Detail, LipPair } from "./grid.ts";
import { normalsOf } from "./normals.ts";
import { sealLips } from "./seal.ts";
import { shapeFormula } from "./shapes.ts";
import type { Vertex } from "./mesh-draft.ts";

/** The head in plain arrays: no renderer, so a worker can carve it and a test can measure it. cm. */
export interface HeadGeometry {
  readonly position: Float32Array;
  readonly normal: Float32Array;
  readonly uv: Float32Array;
  readonly index: Uint16Array;
  /** Offset of every vertex for each of the 52 shapes, in wire order. */
  readonly deltas: readonly Float32Array[];
  /** What each shape adds to the normals. */
  readonly normalDeltas: readonly Float32Array[];
  readonly lipPairs: readonly LipPair[];
}

/** Extent of the paint's canvas over the face, cm: chart x -9..9, y -12..12. */
export const CHART_WIDTH = 18;
export const CHART_HEIGHT = 24;

/** Levels of detail: 7,3 k vertices for a graphics card, 3,5 k for software rendering. */
export const FINE: Detail = { columns: 89, rows: 80 };
export const COARSE: Detail = { columns: 61, rows: 56 };

/** Carves the head. The same detail always yields the same bytes. */
export const carveHead = (detail: Detail): HeadGeometry => {
  const { draft, lipPairs } = layGrid(detail);
  const { vertices } = draft;
  const position = new Float32Array(vertices.length * 3);
  const uv = new Float32Array(vertices.length * 2);
  for (const [i, v] of vertices.entries()) {
    position.set([v.x, v.y, v.z], i * 3);
    uv.set([0.5 + v.chartX / CHART_WIDTH, 0.5 + v.chartY / CHART_HEIGHT], i * 2);
  }
  const index = Uint16Array.from(draft.index);
  const normal = normalsOf(position, index);
  const deltas = carveShapes(vertices, lipPairs);
  const normalDeltas = deltas.map((delta) => {
    const moved = normalsOf(
      position.map((value, k) => value + (delta[k] ?? 0)),
      index,
    );
    return moved.map((value, k) => value - (normal[k] ?? 0));
  });
  return { position, normal, uv, index, deltas, normalDeltas, lipPairs };
};

const carveShapes = (vertices: readonly Vertex[], lipPairs: readonly LipPair[]): Float32Array[] => {
  const deltas: Float32Array[] = ARKIT_WEIGHTS.map((shape) => {
    const formula = shapeFormula(shape);
    const delta = new Float32Array(vertices.length * 3);
    for (const [i, v] of vertices.entries()) delta.set(formula(v), i * 3);
    return delta;
  });
  const jawOpen = deltas[ARKIT_WEIGHTS.indexOf("jawOpen")] ?? new Float32Array();
  deltas[ARKIT_WEIGHTS.indexOf("mouthClose")] = sealLips(vertices, lipPairs, jawOpen);
  return deltas;
};
