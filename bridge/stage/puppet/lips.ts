import { at } from "./maths.ts";
import type { MeshDraft } from "./mesh-draft.ts";
import { MOUTH_HALF, MOUTH_Y } from "./surface.ts";

/** Height and depth of the rows that turn a lip edge inwards, cm. */
const RISE = [0.1, 0.34, 0.9];
const DEPTH = [0.32, 0.75, 1.7];

/** Gives a lip its thickness and the wall behind it: three rows from the edge into the mouth. `side` is 1 for the upper lip. */
export const lineLips = (draft: MeshDraft, edge: readonly number[], side: 1 | -1): void => {
  let outer = edge;
  for (let k = 0; k < RISE.length; k++) {
    const inner = edge.map((number) => {
      const { x, y, z, chartX } = draft.vertex(number);
      const fade = 1 - (x / MOUTH_HALF) ** 2;
      return draft.add({
        x: x * (1 - 0.04 * (k + 1)),
        y: y + side * at(RISE, k) * fade,
        z: z - at(DEPTH, k) * (0.35 + 0.65 * fade),
        chartX,
        chartY: MOUTH_Y + side * 0.02 * (k + 1),
        facing: 1,
        part: side > 0 ? "upper-wall" : "lower-wall",
      });
    });
    for (let j = 0; j + 1 < edge.length; j++) {
      const [a, b, c, d] = [at(outer, j), at(outer, j + 1), at(inner, j), at(inner, j + 1)];
      if (side > 0) {
        draft.triangle(a, c, b);
        draft.triangle(b, c, d);
      } else {
        draft.triangle(a, b, c);
        draft.triangle(b, d, c);
      }
    }
    outer = inner;
  }
};
