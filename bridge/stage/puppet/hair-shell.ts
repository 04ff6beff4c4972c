import { bump, ramp } from "./maths.ts";
import { normalsOf } from "./normals.ts";
import { CROWN, surfacePoint } from "./surface.ts";

/** A plain mesh, cm. */
export interface Shell {
  readonly position: Float32Array;
  readonly normal: Float32Array;
  readonly index: Uint16Array;
}

/** Height of the hair line at an angle round the head: a soft arch over the forehead, down before the ears to the nape. */
const hairLine = (angle: number): number => {
  const c = Math.cos(angle);
  const x = surfacePoint(angle, 5)[0];
  const ax = Math.abs(x);
  const arch = 6.0 - 0.05 * ax * ax - 3.1 * Math.max(0, ax - 5.5);
  return arch + (-4.6 - arch) * ramp(0.36, -0.02, c);
};

/** Hair stands off the head: nothing at the line, a lacquered roll behind it, waves combed back. */
const thickness = (angle: number, rise: number): number => {
  const roll = 0.85 * Math.pow(Math.min(1, rise / 1.3), 0.55);
  const waves = 0.07 * Math.sin(6.2 * Math.sin(angle) * 3.1) * ramp(0.2, 1.4, rise);
  const sides = 0.75 * bump(Math.abs(angle) - 1.75, 0.5) * ramp(0, 3, rise);
  return roll + waves + sides;
};

/** The hair as its own grid from the hair line to the crown, so that its edge is a clean curve. */
export const combHair = (columns: number, rows: number): Shell => {
  const position = new Float32Array(columns * rows * 3);
  const index: number[] = [];
  for (let column = 0; column < columns; column++) {
    const angle = ((column / (columns - 1)) * 2 - 1) * Math.PI;
    const line = hairLine(angle);
    for (let row = 0; row < rows; row++) {
      const t = row / (rows - 1);
      // Rows crowd at the line, where the roll turns; the first lies under the skin and hides the seam.
      const rise = (CROWN - line) * t * (0.35 + 0.65 * t);
      const [x, y, z] = surfacePoint(angle, line + rise);
      const out = row === 0 ? -0.35 : thickness(angle, rise);
      const [nx, ny, nz] = [x, (y - 1) * 0.9, z + 0.6];
      const length = Math.hypot(nx, ny, nz) || 1;
      const k = out / length;
      position.set([x + nx * k, y + ny * k * 0.9, z + nz * k], (row * columns + column) * 3);
    }
  }
  for (let row = 0; row + 1 < rows; row++)
    for (let column = 0; column + 1 < columns; column++) {
      const a = row * columns + column;
      const above = a + columns;
      index.push(a, a + 1, above, a + 1, above + 1, above);
    }
  const triangles = Uint16Array.from(index);
  return { position, normal: weldSeam(normalsOf(position, triangles), columns, rows), index: triangles };
};

/** First and last column are the same line at the back of the head: their normals must agree. */
const weldSeam = (normal: Float32Array, columns: number, rows: number): Float32Array => {
  for (let row = 0; row < rows; row++) {
    const [a, b] = [row * columns * 3, (row * columns + columns - 1) * 3];
    for (let k = 0; k < 3; k++) {
      const mean = ((normal[a + k] ?? 0) + (normal[b + k] ?? 0)) / 2;
      normal[a + k] = mean;
      normal[b + k] = mean;
    }
  }
  return normal;
};
