import { BufferAttribute, BufferGeometry, Mesh } from "three";
import type { Texture } from "three";
import { WEIGHT_COUNT } from "../../core/arkit.ts";
import type { HeadGeometry } from "./head.ts";
import { at } from "./maths.ts";
import { material } from "./materials.ts";
import type { Quality } from "./quality.ts";
import { SparseBlend } from "./sparse-blend.ts";

/** The painted face and how its 52 shapes are set. */
export interface FaceMesh {
  readonly mesh: Mesh;
  apply(curves: ArrayLike<number>): void;
}

/** The head's mesh: shapes blended by the graphics card, or sparsely on the CPU at low quality. */
export const faceMesh = (head: HeadGeometry, paint: Texture, quality: Quality): FaceMesh => {
  const skin = material(
    { map: paint, roughness: 0.52, lacquer: 0.18, sheen: quality === "high" ? "#ffd9c4" : "#000000" },
    quality,
  );
  const geometry = new BufferGeometry();
  geometry.setIndex(new BufferAttribute(head.index, 1));
  geometry.setAttribute("uv", new BufferAttribute(head.uv, 2));
  return quality === "high"
    ? onCard(geometry, head, new Mesh(geometry, skin))
    : onCpu(geometry, head, new Mesh(geometry, skin));
};

const onCard = (geometry: BufferGeometry, head: HeadGeometry, mesh: Mesh): FaceMesh => {
  geometry.setAttribute("position", new BufferAttribute(head.position, 3));
  geometry.setAttribute("normal", new BufferAttribute(head.normal, 3));
  geometry.morphTargetsRelative = true;
  geometry.morphAttributes.position = head.deltas.map((delta) => new BufferAttribute(delta, 3));
  geometry.morphAttributes.normal = head.normalDeltas.map((delta) => new BufferAttribute(delta, 3));
  mesh.updateMorphTargets();
  const influences = mesh.morphTargetInfluences ?? [];
  return {
    mesh,
    apply: (curves) => {
      for (let i = 0; i < WEIGHT_COUNT; i++) influences[i] = at(curves, i);
    },
  };
};

const onCpu = (geometry: BufferGeometry, head: HeadGeometry, mesh: Mesh): FaceMesh => {
  const blend = new SparseBlend(head);
  const position = new BufferAttribute(head.position.slice(), 3);
  const normal = new BufferAttribute(head.normal.slice(), 3);
  geometry.setAttribute("position", position);
  geometry.setAttribute("normal", normal);
  return {
    mesh,
    apply: (curves) => {
      blend.apply(curves, position.array as Float32Array, normal.array as Float32Array);
      position.needsUpdate = true;
      normal.needsUpdate = true;
    },
  };
};
