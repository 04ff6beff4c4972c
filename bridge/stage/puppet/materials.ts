import { DoubleSide, FrontSide, MeshLambertMaterial, MeshPhongMaterial, MeshPhysicalMaterial } from "three";
import type { Material, Side, Texture } from "three";
import type { Quality } from "./quality.ts";

/** How a thing looks, before it is known what the renderer can afford. */
export interface Finish {
  readonly colour?: string;
  readonly map?: Texture;
  /** 0 mirror, 1 chalk. */
  readonly roughness: number;
  /** Thickness of varnish, 0..1. */
  readonly lacquer?: number;
  readonly sheen?: string;
  readonly metal?: boolean;
  readonly side?: Side;
}

/** A physical material on a graphics card; on the CPU a Lambert one, with a highlight where it shines. */
export const material = (finish: Finish, quality: Quality): Material => {
  const {
    colour = "#ffffff",
    map = null,
    roughness,
    lacquer = 0,
    sheen,
    metal = false,
    side = FrontSide,
  } = finish;
  if (quality === "low") {
    const shiny = metal || lacquer > 0.5 || roughness < 0.3;
    if (!shiny) return new MeshLambertMaterial({ color: colour, map, side });
    return new MeshPhongMaterial({
      color: colour,
      map,
      side,
      shininess: 60,
      specular: metal ? "#7a5a20" : "#46464e",
    });
  }
  return new MeshPhysicalMaterial({
    color: colour,
    map,
    side,
    roughness,
    metalness: metal ? 1 : 0,
    clearcoat: lacquer,
    clearcoatRoughness: lacquer > 0.5 ? 0.2 : 0.45,
    ...(sheen === undefined ? {} : { sheen: 0.5, sheenColor: sheen, sheenRoughness: 0.5 }),
  });
};

/** Segments round a body: what a graphics card may have, halved for the CPU. */
export const segments =
  (quality: Quality) =>
  (fine: number): number =>
    quality === "high" ? fine : Math.ceil(fine / 2);

export const BOTH_SIDES = DoubleSide;
