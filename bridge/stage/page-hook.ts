import { CURVE, CURVE_COUNT } from "../core/arkit.ts";
import type { FaceCurve } from "../core/arkit.ts";
import type { TraceEntry } from "./face/trace.ts";
import type { PageEngine } from "./page-engine.ts";
import type { PuppetView } from "./puppet-view.ts";

/** What a page shows of itself as `window.bunraku`: evidence for tests, and for the curious. */
export interface PageHook {
  /** What was presented lately, oldest first, at most 4,096 entries; a copy. */
  readonly ring: readonly TraceEntry[];
  readonly audible: boolean;
  /** Pts being heard now, µs of the daemon's clock. */
  readonly heardPts: number | undefined;
  /** Hard bound of the clock's error, µs. */
  readonly clockBound: number | undefined;
  /** "high", "low", or undefined before the puppet is drawn. */
  readonly quality: string | undefined;
  /** The weight of a curve, 0..1, in the pose presented last. */
  weight(name: FaceCurve): number;
  /** Shows named weights and angles instead of the performance; undefined returns to it. */
  pose(weights: Partial<Record<FaceCurve, number>> | undefined): void;
}

declare global {
  interface Window {
    bunraku?: PageHook;
  }
}

/** Hangs the hook on the window. */
export const hangHook = (engine: PageEngine, view: () => PuppetView | undefined): void => {
  window.bunraku = {
    get ring() {
      return engine.presenter.trace.entries();
    },
    get audible() {
      return engine.audible;
    },
    get heardPts() {
      return engine.heardPts();
    },
    get clockBound() {
      return engine.clockBound;
    },
    get quality() {
      return view()?.quality;
    },
    weight: (name) => engine.presenter.curves[CURVE[name]] ?? 0,
    pose: (weights) => {
      if (weights === undefined) return view()?.pose(undefined);
      const curves = new Float32Array(CURVE_COUNT);
      for (const [name, weight] of Object.entries(weights)) curves[CURVE[name as FaceCurve]] = weight;
      view()?.pose(curves);
    },
  };
};
