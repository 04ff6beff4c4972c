import { Group, Mesh, Quaternion, SRGBColorSpace, Texture } from "three";
import type { Object3D } from "three";
import { CURVE } from "../../core/arkit.ts";
import type { Carved } from "./carve-worker.ts";
import { makeEyes } from "./eyes.ts";
import { faceMesh } from "./face-mesh.ts";
import { makeHair } from "./hair.ts";
import { makeKimono } from "./kimono.ts";
import { at } from "./maths.ts";
import { makeMouth } from "./mouth-parts.ts";
import { sceneRotation, tilt } from "./pose-bones.ts";
import type { Quality } from "./quality.ts";

/** Where the head turns on the neck and the body on the hips, cm. */
const NECK = { y: -9, z: -2 };
const HIPS_Y = -34;
/** Length of a collar bone: its angle becomes a lift of the shoulder, cm. */
const CLAVICLE = 13;

/** The puppet on stage. */
export interface Puppet {
  readonly root: Group;
  /** Takes on a pose: the 61 curves of a frame, and four floats for each of `LIFE_BONES`. */
  apply(curves: ArrayLike<number>, bones: ArrayLike<number>): void;
}

/** Assembles the puppet from what the worker has carved. */
export const assemble = (carved: Carved, quality: Quality): Puppet => {
  const face = faceMesh(carved.head, texture(carved.face), quality);
  const eyes = makeEyes(texture(carved.eye), quality);
  const mouth = makeMouth(quality);
  const kimono = makeKimono(quality);

  const head = new Group();
  const skull = new Group();
  const hair = makeHair(carved.hair, quality);
  skull.add(face.mesh, eyes.group, mouth.group, hair);
  skull.position.set(0, -NECK.y, -NECK.z);
  head.add(skull);
  head.position.set(0, NECK.y, NECK.z);
  const body = new Group();
  body.add(kimono.group, head);
  body.position.y = -HIPS_Y;
  const hips = new Group();
  hips.position.y = HIPS_Y;
  hips.add(body);
  const root = new Group();
  root.add(hips);
  // The mouth's cavity is seen from inside: its shadow would fall on the face.
  if (quality === "high") for (const part of [face.mesh, eyes.group, hair, kimono.group]) castShadows(part);

  const spine = new Quaternion();
  const chest = new Quaternion();
  return {
    root,
    apply: (curves, bones) => {
      face.apply(curves);
      eyes.apply(curves);
      mouth.apply(curves);
      // Angles: yaw + to the subject's right (-x), pitch + down, roll + towards the right shoulder.
      head.rotation.set(
        at(curves, CURVE.headPitch),
        -at(curves, CURVE.headYaw),
        at(curves, CURVE.headRoll),
        "YXZ",
      );
      spine.set(...sceneRotation(bones, "spine_03"));
      chest.set(...sceneRotation(bones, "spine_05"));
      hips.quaternion.multiplyQuaternions(spine, chest);
      const left = tilt(sceneRotation(bones, "clavicle_l"));
      const right = tilt(sceneRotation(bones, "clavicle_r"));
      kimono.shrug(CLAVICLE * left, -CLAVICLE * right);
    },
  };
};

/** Bitmaps are painted chin first and so need no flip, which browsers do not offer for them. */
const texture = (bitmap: ImageBitmap): Texture => {
  const made = new Texture(bitmap);
  made.flipY = false;
  made.colorSpace = SRGBColorSpace;
  made.anisotropy = 8;
  made.needsUpdate = true;
  return made;
};

const castShadows = (whole: Object3D): void => {
  whole.traverse((part) => {
    if (!(part instanceof Mesh)) return;
    part.castShadow = true;
    part.receiveShadow = true;
  });
};
