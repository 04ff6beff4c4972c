import { BackSide, CapsuleGeometry, Group, Mesh, SphereGeometry, TorusGeometry } from "three";
import { CURVE } from "../../core/arkit.ts";
import { at } from "./maths.ts";
import { material, segments } from "./materials.ts";
import type { Quality } from "./quality.ts";
import { JAW_OPEN, JAW_Y } from "./shapes.ts";
import { MOUTH_Y } from "./surface.ts";

const TEETH = 8;
const TONGUE_Y = MOUTH_Y - JAW_Y - 0.85;
const TONGUE_Z = 5.7;

/** What is seen behind the lips: cavity, teeth and tongue. Lower teeth and tongue hang on the jaw. */
export interface MouthParts {
  readonly group: Group;
  apply(curves: ArrayLike<number>): void;
}

export const makeMouth = (quality: Quality): MouthParts => {
  const round = segments(quality);
  const group = new Group();
  const cavity = new Mesh(
    new SphereGeometry(3, round(32), round(24)),
    material({ colour: "#3a0b10", roughness: 0.9, side: BackSide }, quality),
  );
  cavity.scale.set(0.86, 1.05, 1.05);
  cavity.position.set(0, MOUTH_Y - 0.7, 5.4);
  const jaw = new Group();
  const lower = rowOfTeeth(MOUTH_Y - JAW_Y - 0.62, -1, quality);
  lower.scale.setScalar(0.95);
  const tongue = new Mesh(
    new SphereGeometry(1, round(32), round(20)),
    material({ colour: "#b4474c", roughness: 0.35, lacquer: 0.4 }, quality),
  );
  tongue.scale.set(1.25, 0.42, 1.9);
  jaw.add(lower, tongue);
  group.add(cavity, rowOfTeeth(MOUTH_Y + 0.18, 1, quality), jaw);
  return {
    group,
    apply: (curves) => {
      jaw.rotation.x = JAW_OPEN * at(curves, CURVE.jawOpen);
      jaw.position.set(
        0.75 * (at(curves, CURVE.jawLeft) - at(curves, CURVE.jawRight)),
        JAW_Y,
        0.7 * at(curves, CURVE.jawForward),
      );
      const out = at(curves, CURVE.tongueOut);
      tongue.position.set(0, TONGUE_Y + 0.25 * out, TONGUE_Z + 3 * out);
    },
  };
};

const rowOfTeeth = (y: number, side: 1 | -1, quality: Quality): Group => {
  const round = segments(quality);
  const row = new Group();
  const ivory = material({ colour: "#f3ead9", roughness: 0.22, lacquer: 0.6 }, quality);
  const shape = new CapsuleGeometry(0.2, 0.3, round(4), round(10));
  for (let i = 0; i < TEETH; i++) {
    const angle = (i - (TEETH - 1) / 2) * 0.165;
    const tooth = new Mesh(shape, ivory);
    tooth.position.set(2.55 * Math.sin(angle), 0, 2.55 * Math.cos(angle));
    tooth.rotation.y = angle;
    tooth.scale.set(1.18, 1, 0.55);
    row.add(tooth);
  }
  const gum = new Mesh(
    new TorusGeometry(2.5, 0.34, round(10), round(40), 1.9),
    material({ colour: "#8f3138", roughness: 0.5 }, quality),
  );
  gum.rotation.set(Math.PI / 2, 0, Math.PI / 2 - 0.95);
  gum.position.y = side * 0.42;
  row.add(gum);
  row.position.set(0, y, 5.35);
  return row;
};
