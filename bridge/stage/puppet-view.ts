import type { Carved } from "./puppet/carve-worker.ts";
import { chooseQuality, rendererName } from "./puppet/quality.ts";
import type { Quality } from "./puppet/quality.ts";
import { Resting } from "./face/resting.ts";
import type { PageEngine } from "./page-engine.ts";

/** Frames over which the drawing's speed is judged, and the 95th percentile that is too slow, ms. */
const JUDGED = 120;
const TOO_SLOW = 24;
/** Longest step of the resting blend, s: a tab that slept does not jump. */
const MAX_STEP = 0.1;

/** The puppet on a canvas. */
export interface PuppetView {
  readonly quality: Quality;
  /** Shows these curves instead of the performance; undefined returns to it. For tests and screenshots. */
  pose(curves: Float32Array | undefined): void;
}

/** Carves the puppet in a worker and draws what `engine` presents. Undefined where the browser has no WebGL 2. */
export const showPuppet = async (
  canvas: HTMLCanvasElement,
  engine: PageEngine,
  askedQuality: string | null,
): Promise<PuppetView | undefined> => {
  const renderer = rendererName();
  if (renderer === "none") return undefined;
  const quality = chooseQuality(askedQuality, renderer);
  // three is most of the page's weight: the console answers before it has arrived.
  const [carved, { assemble }, { openView }] = await Promise.all([
    carve(quality),
    import("./puppet/puppet.ts"),
    import("./puppet/scene.ts"),
  ]);
  const view = openView(canvas, quality);
  const puppet = assemble(carved, quality);
  view.add(puppet.root);
  new ResizeObserver(() => view.resize(canvas.clientWidth, canvas.clientHeight)).observe(canvas);
  view.resize(canvas.clientWidth, canvas.clientHeight);

  const resting = new Resting();
  let posed: Float32Array | undefined;
  let last = 0;
  let drawn = 0;
  let spans: number[] = [];
  const draw = (now: number): void => {
    requestAnimationFrame(draw);
    const span = now - last;
    last = now;
    engine.step();
    const { curves, bones } = engine.presenter;
    puppet.apply(posed ?? resting.blend(curves, engine.held, Math.min(MAX_STEP, span / 1_000)), bones);
    if (!view.render()) return;
    engine.drew();
    if (quality === "low") return;
    spans.push(now - drawn);
    drawn = now;
    if (spans.length < JUDGED) return;
    const slow = spans.toSorted((a, b) => a - b)[Math.floor(JUDGED * 0.95)] ?? 0;
    spans = [];
    if (slow > TOO_SLOW) view.relieve();
  };
  requestAnimationFrame(draw);
  return {
    quality,
    pose: (curves) => {
      posed = curves;
    },
  };
};

const carve = (quality: Quality): Promise<Carved> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./puppet/carve-worker.ts", import.meta.url), {
      type: "module",
      name: "carve",
    });
    worker.addEventListener("message", ({ data }: MessageEvent<Carved>) => {
      worker.terminate();
      resolve(data);
    });
    worker.addEventListener("error", ({ message }) => reject(new Error(message)));
    worker.postMessage(quality);
  });
