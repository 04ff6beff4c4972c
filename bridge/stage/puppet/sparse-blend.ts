import type { HeadGeometry } from "./head.ts";
import { at } from "./maths.ts";

/** Offsets shorter than this are left out, cm (and for normals, of 1). */
const NEGLIGIBLE = 1e-3;
/** A shape under this weight is not blended. */
const FAINT = 1e-3;

interface SparseShape {
  readonly vertices: Uint16Array;
  /** Six numbers a vertex: offset, then change of the normal. */
  readonly offsets: Float32Array;
}

/**
 * Blends the 52 shapes on the CPU. Software GL spends tens of milliseconds a frame fetching morph textures; the sparse
 * sum costs 0.3 ms at the coarse detail.
 */
export class SparseBlend {
  readonly #head: HeadGeometry;
  readonly #shapes: readonly SparseShape[];

  constructor(head: HeadGeometry) {
    this.#head = head;
    this.#shapes = head.deltas.map((delta, i) => sparse(delta, head.normalDeltas[i] ?? new Float32Array()));
  }

  /** Writes the head at these weights into `position` and `normal`; the first 52 of `curves` are read. */
  apply(curves: ArrayLike<number>, position: Float32Array, normal: Float32Array): void {
    position.set(this.#head.position);
    normal.set(this.#head.normal);
    for (const [i, { vertices, offsets }] of this.#shapes.entries()) {
      const weight = at(curves, i);
      if (weight < FAINT) continue;
      for (let n = 0; n < vertices.length; n++) {
        const vertex = at(vertices, n) * 3;
        const from = n * 6;
        for (let k = 0; k < 3; k++) {
          position[vertex + k] = at(position, vertex + k) + weight * at(offsets, from + k);
          normal[vertex + k] = at(normal, vertex + k) + weight * at(offsets, from + 3 + k);
        }
      }
    }
  }
}

const sparse = (delta: Float32Array, normalDelta: Float32Array): SparseShape => {
  const vertices: number[] = [];
  const offsets: number[] = [];
  for (let vertex = 0; vertex * 3 < delta.length; vertex++) {
    const parts = [0, 1, 2].map((k) => at(delta, vertex * 3 + k));
    const turns = [0, 1, 2].map((k) => at(normalDelta, vertex * 3 + k));
    if ([...parts, ...turns].every((part) => Math.abs(part) < NEGLIGIBLE)) continue;
    vertices.push(vertex);
    offsets.push(...parts, ...turns);
  }
  return { vertices: Uint16Array.from(vertices), offsets: Float32Array.from(offsets) };
};
