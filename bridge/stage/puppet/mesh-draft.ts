/** Which sheet of the head a vertex belongs to; lips move apart, so they must know their side. */
export type Part = "skin" | "upper-edge" | "lower-edge" | "upper-wall" | "lower-wall" | "eye-wall";

/** A vertex in the making. The chart is where it sits at rest on the face; `facing` is 1 in front, -1 behind. */
export interface Vertex {
  x: number;
  y: number;
  z: number;
  readonly chartX: number;
  readonly chartY: number;
  readonly facing: number;
  part: Part;
}

/** True for what the upper lip carries along. */
export const isUpper = (v: Vertex): boolean =>
  v.part === "upper-edge" || v.part === "upper-wall" || (v.part === "skin" && v.chartY > -6.9);

/** True for what the lower lip carries along. */
export const isLower = (v: Vertex): boolean =>
  v.part === "lower-edge" || v.part === "lower-wall" || (v.part === "skin" && v.chartY < -6.9);

/** True for the lip edges and what hangs from them into the mouth: they move as one. */
export const isLipRim = (v: Vertex): boolean => v.part !== "skin" && v.part !== "eye-wall";

/** A mesh being built: vertices that can still be moved, and triangles over them. */
export class MeshDraft {
  readonly vertices: Vertex[] = [];
  readonly index: number[] = [];

  /** Adds a vertex and returns its number. */
  add(vertex: Vertex): number {
    this.vertices.push(vertex);
    return this.vertices.length - 1;
  }

  vertex(number: number): Vertex {
    const vertex = this.vertices[number];
    if (vertex === undefined) throw new RangeError(`the mesh has no vertex ${number}`);
    return vertex;
  }

  triangle(a: number, b: number, c: number): void {
    this.index.push(a, b, c);
  }
}
