import { Group, Mesh, SphereGeometry, TorusGeometry } from "three";
import type { Texture } from "three";
import { CURVE } from "../../core/arkit.ts";
import type { FaceCurve } from "../../core/arkit.ts";
import { at } from "./maths.ts";
import { BOTH_SIDES, material, segments } from "./materials.ts";
import type { Quality } from "./quality.ts";
import type { Side } from "./masks.ts";
import { EYE_X, EYE_Y } from "./surface.ts";

/** Radius of an eyeball and how deep its centre sits, cm. */
const RADIUS = 1.86;
const DEPTH = 6.72;
/** Turn of an eye at full look, radians. */
const PITCH = 0.42;
const YAW = 0.52;

/** Both eyes: balls that turn, and lids as shells turning about them, so that lid and ball never cut through each other. */
export interface Eyes {
  readonly group: Group;
  apply(curves: ArrayLike<number>): void;
}

export const makeEyes = (iris: Texture, quality: Quality): Eyes => {
  const group = new Group();
  const eyes = ([1, -1] as const).map((side) => makeEye(group, iris, side, quality));
  return {
    group,
    apply: (curves) => {
      for (const eye of eyes) eye(curves);
    },
  };
};

const makeEye = (
  group: Group,
  iris: Texture,
  side: Side,
  quality: Quality,
): ((curves: ArrayLike<number>) => void) => {
  const round = segments(quality)(48);
  const ball = new Mesh(flatMapped(round), material({ map: iris, roughness: 0.08, lacquer: 1 }, quality));
  ball.position.set(side * EYE_X, EYE_Y + 0.05, DEPTH);
  const upper = makeLid(0, round, quality);
  const lower = makeLid(Math.PI / 2, round, quality);
  const lash = new Mesh(
    new TorusGeometry(RADIUS * 1.05, 0.062, 8, round, Math.PI),
    material({ colour: "#160b0a", roughness: 0.45 }, quality),
  );
  lash.rotation.x = Math.PI / 2;
  upper.add(lash);
  upper.position.copy(ball.position);
  lower.position.copy(ball.position);
  group.add(ball, upper, lower, ...corners(side, quality));

  const name = side > 0 ? "Left" : "Right";
  const curve = (kind: string): number => CURVE[`${kind}${name}` as FaceCurve];
  const [blink, wide, squint, cheek] = [
    curve("eyeBlink"),
    curve("eyeWide"),
    curve("eyeSquint"),
    curve("cheekSquint"),
  ];
  const [down, up] = [curve("eyeLookDown"), curve("eyeLookUp")];
  const [out, inward] = [curve("eyeLookOut"), curve("eyeLookIn")];
  return (curves) => {
    const look = at(curves, down) - at(curves, up);
    ball.rotation.set(PITCH * look, side * YAW * (at(curves, out) - at(curves, inward)), 0, "YXZ");
    const closed = Math.min(1, at(curves, blink));
    // Angles of the lid edges above the middle; lids follow the gaze up and down.
    const follow = look > 0 ? -0.18 * look : -0.1 * look;
    const open = 0.36 + 0.16 * at(curves, wide) - 0.1 * at(curves, squint) + follow;
    upper.rotation.x = -(open * (1 - closed) - 0.16 * closed);
    const low =
      0.2 * at(curves, squint) + 0.06 * closed + 0.07 * at(curves, cheek) - 0.07 * Math.max(0, look);
    lower.rotation.x = 0.36 - low;
  };
};

const makeLid = (from: number, round: number, quality: Quality): Group => {
  const shell = new Mesh(
    new SphereGeometry(RADIUS * 1.045, round, round / 2, 0, 2 * Math.PI, from, Math.PI / 2),
    material({ colour: "#ecd5c4", roughness: 0.5, side: BOTH_SIDES }, quality),
  );
  shell.castShadow = quality === "high";
  const lid = new Group();
  lid.add(shell);
  return lid;
};

/** The pink flesh in both corners of an eye, which also closes the hole beside the ball. */
const corners = (side: Side, quality: Quality): Mesh[] => {
  const flesh = material({ colour: "#c9857a", roughness: 0.35 }, quality);
  return [
    { x: EYE_X - 1.42, z: DEPTH + 0.85 },
    { x: EYE_X + 1.45, z: DEPTH + 0.35 },
  ].map(({ x, z }) => {
    const corner = new Mesh(new SphereGeometry(0.62, 16, 12), flesh);
    corner.scale.set(0.9, 0.75, 1);
    corner.position.set(side * x, EYE_Y - 0.02, z);
    return corner;
  });
};

/** A ball whose front half is mapped flat, so that the iris stays round. */
const flatMapped = (round: number): SphereGeometry => {
  const ball = new SphereGeometry(RADIUS, round, Math.round((round * 2) / 3));
  const { position, uv } = ball.attributes;
  for (let i = 0; i < (position?.count ?? 0); i++) {
    if (position === undefined || uv === undefined) break;
    const front = position.getZ(i) > 0;
    const place = (x: number): number => (front ? 0.5 + (x / RADIUS / 2) * 0.98 : 0.02);
    uv.setXY(i, place(position.getX(i)), place(position.getY(i)));
  }
  return ball;
};
