import {
  BufferAttribute,
  BufferGeometry,
  CatmullRomCurve3,
  CylinderGeometry,
  Float32BufferAttribute,
  Group,
  LatheGeometry,
  Mesh,
  SplineCurve,
  Vector2,
  Vector3,
} from "three";
import { ramp } from "./maths.ts";
import { BOTH_SIDES, material, segments } from "./materials.ts";
import type { Quality } from "./quality.ts";

/** Neck, shoulders and the crossed collars. */
export interface Kimono {
  readonly group: Group;
  /** Lifts each shoulder, cm. */
  shrug(left: number, right: number): void;
}

export const makeKimono = (quality: Quality): Kimono => {
  const round = segments(quality);
  const group = new Group();
  const neck = new Mesh(
    new CylinderGeometry(3.3, 3.7, 13, round(48)),
    material({ colour: "#efdfcd", roughness: 0.55 }, quality),
  );
  neck.position.set(0, -11.8, -1.9);
  neck.rotation.x = 0.13;
  const torso = makeTorso(quality);
  group.add(neck, torso);
  for (const side of [-1, 1] as const) {
    group.add(collar(side, { colour: "#f5f0e6", layer: 0, width: 1.7 }, quality));
    group.add(collar(side, { colour: "#b3202c", layer: 0.9, width: 1.6 }, quality));
    group.add(
      collar(
        side,
        { colour: quality === "high" ? "#1a2346" : "#222d5a", layer: side < 0 ? 1.8 : 1.9, width: 2.2 },
        quality,
      ),
    );
  }
  const influences = torso.morphTargetInfluences ?? [];
  return {
    group,
    shrug: (left, right) => {
      influences[0] = left;
      influences[1] = right;
    },
  };
};

const makeTorso = (quality: Quality): Mesh => {
  const round = segments(quality);
  const profile = new SplineCurve(
    [[3.9, -14.6], [5.4, -15.6], [9.5, -17.2], [14.5, -19.4], [16.8, -22.5], [17.6, -27], [18.2, -34]].map(
      ([x, y]) => new Vector2(x, y),
    ),
  ); // prettier-ignore
  const geometry = new LatheGeometry(profile.getPoints(round(44)), round(72));
  geometry.scale(1, 1, 0.62);
  geometry.translate(0, 0, -1);
  geometry.morphTargetsRelative = true;
  geometry.morphAttributes.position = [lift(geometry, 1), lift(geometry, -1)];
  const cloth = material(
    {
      colour: quality === "high" ? "#1f2a52" : "#2a386c",
      roughness: 0.82,
      sheen: "#5a6fae",
      side: BOTH_SIDES,
    },
    quality,
  );
  const torso = new Mesh(geometry, cloth);
  torso.updateMorphTargets();
  return torso;
};

/** One centimetre up for everything on one side of the collar. */
const lift = (geometry: LatheGeometry, side: 1 | -1): BufferAttribute => {
  const position = geometry.getAttribute("position");
  const offsets = new Float32Array(position.count * 3);
  for (let i = 0; i < position.count; i++) offsets[i * 3 + 1] = ramp(4.5, 12, side * position.getX(i));
  return new BufferAttribute(offsets, 3);
};

interface Layer {
  readonly colour: string;
  /** How far outside the innermost collar. */
  readonly layer: number;
  readonly width: number;
}

/** Depth between two layers, cm: more than a band is padded, or the inner one shows through in flecks. */
const APART = 0.42;
const STEPS = 60;
const ACROSS = 6;

/** A band of cloth from the nape over the shoulder across the chest, slightly padded. */
const collar = (side: 1 | -1, { colour, layer, width }: Layer, quality: Quality): Mesh => {
  const path = new CatmullRomCurve3(
    [
      [side * 0.2, -11.6 + layer * 0.1, -6.4],
      [side * 2.6, -11.9 + layer * 0.15, -5.2],
      [side * 4.5, -13.6 + layer * 0.1, -0.6],
      [side * 2.6, -16.2, 4.4],
      [-side * (0.4 + layer * 0.3), -19.4, 6.9],
      [-side * 3.4, -24.5, 8.6],
      [-side * 5.6, -33, 9.6],
    ].map(([x = 0, y, z = 0]) => new Vector3(x * (1 + layer * 0.1), y, z + layer * APART)),
  );
  const outward = new Vector3(0, 0.25, 1);
  const positions: number[] = [];
  const index: number[] = [];
  for (let i = 0; i <= STEPS; i++) {
    const centre = path.getPointAt(i / STEPS);
    const across = path
      .getTangentAt(i / STEPS)
      .cross(outward)
      .normalize();
    for (let k = 0; k <= ACROSS; k++) {
      const u = k / ACROSS - 0.5;
      const padding = 0.28 * (1 - (2 * u) ** 2);
      positions.push(
        centre.x + across.x * u * width,
        centre.y + across.y * u * width,
        centre.z + across.z * u * width + padding,
      );
      if (i === STEPS || k === ACROSS) continue;
      const a = i * (ACROSS + 1) + k;
      index.push(a, a + 1, a + ACROSS + 1, a + 1, a + ACROSS + 2, a + ACROSS + 1);
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new Float32BufferAttribute(positions, 3));
  geometry.setIndex(index);
  geometry.computeVertexNormals();
  return new Mesh(
    geometry,
    material({ colour, roughness: 0.8, side: BOTH_SIDES, sheen: "#444444" }, quality),
  );
};
