import {
  BufferAttribute,
  BufferGeometry,
  CylinderGeometry,
  Group,
  Mesh,
  SphereGeometry,
  TorusGeometry,
} from "three";
import type { Shell } from "./hair-shell.ts";
import { material, segments } from "./materials.ts";
import type { Quality } from "./quality.ts";

/** Black lacquered hair, a bun with its red band, a gold pin and a plum flower. */
export const makeHair = (shell: Shell, quality: Quality): Group => {
  const round = segments(quality);
  const group = new Group();
  const lacquer = material({ colour: "#0d0b10", roughness: 0.3, lacquer: 0.9 }, quality);
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(shell.position, 3));
  geometry.setAttribute("normal", new BufferAttribute(shell.normal, 3));
  geometry.setIndex(new BufferAttribute(shell.index, 1));
  group.add(new Mesh(geometry, lacquer));

  const bun = new Mesh(new SphereGeometry(3.3, round(40), round(28)), lacquer);
  bun.scale.set(1.25, 0.8, 1);
  bun.position.set(0, 12.4, -2.6);
  const band = new Mesh(
    new TorusGeometry(2.5, 0.42, round(12), round(48)),
    material({ colour: "#b3202c", roughness: 0.35, lacquer: 0.6 }, quality),
  );
  band.rotation.x = Math.PI / 2 - 0.25;
  band.position.set(0, 10.9, -2.2);
  group.add(bun, band);
  for (const side of [1, -1]) {
    const wing = new Mesh(new SphereGeometry(1.9, round(32), round(24)), lacquer);
    wing.scale.set(0.8, 1.9, 1.35);
    wing.position.set(side * 7.7, 1.4, -1.6);
    wing.rotation.z = side * 0.1;
    group.add(wing);
  }
  group.add(...ornaments(quality));
  return group;
};

const ornaments = (quality: Quality): Mesh[] => {
  const round = segments(quality);
  const gold = material({ colour: "#d7a53a", roughness: 0.28, metal: true }, quality);
  const pink = material({ colour: "#e9a7b4", roughness: 0.5, sheen: "#ffffff" }, quality);
  const pin = new Mesh(new CylinderGeometry(0.16, 0.1, 13, 16), gold);
  pin.rotation.z = Math.PI / 2 - 0.18;
  pin.position.set(0, 12.3, -0.6);
  const petals = Array.from({ length: 5 }, (_, k) => {
    const petal = new Mesh(new SphereGeometry(0.62, round(20), round(14)), pink);
    const angle = (k / 5) * 2 * Math.PI;
    petal.scale.set(1, 1, 0.35);
    petal.position.set(5.2 + 0.72 * Math.cos(angle), 11.2 + 0.72 * Math.sin(angle), 1.9);
    return petal;
  });
  const heart = new Mesh(new SphereGeometry(0.4, round(16), round(12)), gold);
  heart.position.set(5.2, 11.2, 2.15);
  return [pin, ...petals, heart];
};
