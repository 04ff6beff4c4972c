import { expect, test } from "vitest";
import { ARKIT_WEIGHTS } from "../../../bridge/core/arkit.ts";
import { COARSE, carveHead } from "../../../bridge/stage/puppet/head.ts";
import { SparseBlend } from "../../../bridge/stage/puppet/sparse-blend.ts";

const head = carveHead(COARSE);

test("the sparse sum is the dense one to a tenth of a millimetre", () => {
  const weights = ARKIT_WEIGHTS.map((_, i) => (i % 3 === 0 ? 0.1 + (i % 7) / 10 : 0));
  const position = new Float32Array(head.position.length);
  const normal = new Float32Array(head.position.length);
  new SparseBlend(head).apply(weights, position, normal);
  let worst = 0;
  for (let k = 0; k < position.length; k++) {
    const dense = weights.reduce((sum, w, i) => sum + w * (head.deltas[i]?.[k] ?? 0), head.position[k] ?? 0);
    worst = Math.max(worst, Math.abs(dense - (position[k] ?? 0)));
  }
  expect(worst).toBeLessThan(0.01);
});

test("nothing remains of the pose before", () => {
  const blend = new SparseBlend(head);
  const position = new Float32Array(head.position.length);
  const normal = new Float32Array(head.position.length);
  blend.apply(
    ARKIT_WEIGHTS.map(() => 1),
    position,
    normal,
  );
  blend.apply([], position, normal);
  expect(position).toEqual(head.position);
  expect(normal).toEqual(head.normal);
});
