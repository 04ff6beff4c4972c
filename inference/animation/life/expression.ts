import { CURVE, type FaceCurve } from "../../../bridge/core/arkit.ts";
import { ATTENTIONS, type Attention } from "./attention.ts";

/** What each attention leaves on the face, as ARKit weights: a trace, not an emotion. */
const TRACES: Readonly<Record<Attention, Partial<Record<FaceCurve, number>>>> = {
  idle: { mouthSmileLeft: 0.05, mouthSmileRight: 0.04 },
  listening: { browInnerUp: 0.08, mouthSmileLeft: 0.08, mouthSmileRight: 0.07 },
  thinking: {
    browDownLeft: 0.15,
    browDownRight: 0.12,
    eyeSquintLeft: 0.15,
    eyeSquintRight: 0.15,
    mouthLeft: 0.1,
    mouthPressLeft: 0.12,
    mouthPressRight: 0.1,
  },
  speaking: { mouthSmileLeft: 0.06, mouthSmileRight: 0.05, browInnerUp: 0.02 },
};

interface Trace {
  readonly curve: number;
  readonly mouth: boolean;
  /** By index of `ATTENTIONS`. */
  readonly weights: readonly number[];
}

const COMPILED: readonly Trace[] = [...new Set(ATTENTIONS.flatMap((mode) => Object.keys(TRACES[mode])))].map(
  (name) => ({
    curve: CURVE[name as FaceCurve],
    mouth: name.startsWith("mouth"),
    weights: ATTENTIONS.map((mode) => TRACES[mode][name as FaceCurve] ?? 0),
  }),
);

/** Adds the traces to `curves`; those of the mouth by the factor `mouth`, so that speech and seals stay clean. */
export const addTraces = (curves: Float32Array, shares: Float64Array, mouth: number): void => {
  for (const trace of COMPILED) {
    let weight = 0;
    for (let mode = 0; mode < shares.length; mode++)
      weight += (shares[mode] ?? 0) * (trace.weights[mode] ?? 0);
    curves[trace.curve] = (curves[trace.curve] ?? 0) + weight * (trace.mouth ? mouth : 1);
  }
};
