import { CURVE, CURVE_COUNT } from "../../core/arkit.ts";
import { at } from "../puppet/maths.ts";

/** Time constant of waking up and dozing off, s. */
const EASE = 0.35;

/** A puppet nobody holds: head lowered, eyes closed. */
const asleep = (): Float32Array => {
  const curves = new Float32Array(CURVE_COUNT);
  for (const name of ["eyeBlinkLeft", "eyeBlinkRight"] as const) curves[CURVE[name]] = 0.96;
  for (const name of ["eyeLookDownLeft", "eyeLookDownRight"] as const) curves[CURVE[name]] = 0.5;
  curves[CURVE.headPitch] = 0.26;
  curves[CURVE.headRoll] = 0.05;
  return curves;
};

const ASLEEP = asleep();

/** Blends between the performed pose and a puppet asleep, so that a lost link is seen, not frozen. */
export class Resting {
  readonly curves = new Float32Array(CURVE_COUNT);
  #awake = 0;

  /** The pose to draw `seconds` after the last one; `held` while puppeteers hold the puppet. */
  blend(performed: ArrayLike<number>, held: boolean, seconds: number): Float32Array {
    const target = held ? 1 : 0;
    this.#awake += (target - this.#awake) * (1 - Math.exp(-seconds / EASE));
    for (let i = 0; i < this.curves.length; i++)
      this.curves[i] = at(performed, i) * this.#awake + at(ASLEEP, i) * (1 - this.#awake);
    return this.curves;
  }
}
