import { combHair } from "./hair-shell.ts";
import type { Shell } from "./hair-shell.ts";
import { COARSE, FINE, carveHead } from "./head.ts";
import type { HeadGeometry } from "./head.ts";
import { paintEye, paintFace } from "./paint.ts";
import type { Quality } from "./quality.ts";

/** Everything the puppet is made of, ready to be uploaded. */
export interface Carved {
  readonly head: HeadGeometry;
  readonly hair: Shell;
  readonly face: ImageBitmap;
  readonly eye: ImageBitmap;
}

// Carving takes 0.3 to 1 s on a slow machine: off the main thread, so that the page answers meanwhile.
self.addEventListener("message", ({ data }: MessageEvent<Quality>) => {
  const fine = data === "high";
  const carved: Carved = {
    head: carveHead(fine ? FINE : COARSE),
    hair: fine ? combHair(129, 40) : combHair(65, 20),
    face: paintFace(fine ? 2_048 : 1_024),
    eye: paintEye(),
  };
  self.postMessage(carved, { transfer: buffersOf(carved) });
});

const buffersOf = ({ head, hair, face, eye }: Carved): Transferable[] => {
  const arrays = [head.position, head.normal, head.uv, head.index, hair.position, hair.normal, hair.index];
  const buffers = [...arrays, ...head.deltas, ...head.normalDeltas].map(
    ({ buffer }) => buffer as ArrayBuffer,
  );
  return [...buffers, face, eye];
};
