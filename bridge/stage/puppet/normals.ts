import { at } from "./maths.ts";

/** Area-weighted vertex normals of a triangle mesh. */
export const normalsOf = (position: Float32Array, index: Uint16Array): Float32Array => {
  const normal = new Float32Array(position.length);
  for (let t = 0; t < index.length; t += 3) {
    const [a, b, c] = [at(index, t) * 3, at(index, t + 1) * 3, at(index, t + 2) * 3];
    const [ax, ay, az] = [at(position, a), at(position, a + 1), at(position, a + 2)];
    const [ux, uy, uz] = [at(position, b) - ax, at(position, b + 1) - ay, at(position, b + 2) - az];
    const [vx, vy, vz] = [at(position, c) - ax, at(position, c + 1) - ay, at(position, c + 2) - az];
    const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    for (const vertex of [a, b, c]) {
      normal[vertex] = at(normal, vertex) + nx;
      normal[vertex + 1] = at(normal, vertex + 1) + ny;
      normal[vertex + 2] = at(normal, vertex + 2) + nz;
    }
  }
  for (let k = 0; k < normal.length; k += 3) {
    const [x, y, z] = [at(normal, k), at(normal, k + 1), at(normal, k + 2)];
    const length = Math.hypot(x, y, z) || 1;
    normal[k] = x / length;
    normal[k + 1] = y / length;
    normal[k + 2] = z / length;
  }
  return normal;
};
