import {
  DirectionalLight,
  HemisphereLight,
  NeutralToneMapping,
  PCFShadowMap,
  PMREMGenerator,
  PerspectiveCamera,
  Scene,
  WebGLRenderer,
} from "three";
import { RoomEnvironment } from "three/addons/environments/RoomEnvironment.js";
import type { Object3D } from "three";
import type { Quality } from "./quality.ts";

/** Height of the picture at the puppet, cm, and the least width it must show. */
const PICTURE = { height: 38, width: 27, middle: -2.6 };
const FIELD_OF_VIEW = 24;
/** Pixel ratio beyond which nothing is seen but heat. */
const MAX_PIXEL_RATIO = 2;

/** The lit stage a puppet stands on. The canvas is transparent; the page paints what is behind. */
export interface View {
  add(thing: Object3D): void;
  /** Fits the drawing to the canvas' size in CSS pixels. */
  resize(width: number, height: number): void;
  render(): void;
  /** Steps the drawing down when frames take too long: shadows, then pixels. False when nothing is left to save. */
  relieve(): boolean;
  dispose(): void;
}

export const openView = (canvas: HTMLCanvasElement, quality: Quality): View => {
  const renderer = new WebGLRenderer({ canvas, antialias: quality === "high", alpha: true });
  renderer.toneMapping = NeutralToneMapping;
  renderer.toneMappingExposure = 0.92;
  let ratio = quality === "high" ? Math.min(MAX_PIXEL_RATIO, window.devicePixelRatio) : 1;
  renderer.setPixelRatio(ratio);
  const scene = new Scene();
  light(scene, renderer, quality);
  const camera = new PerspectiveCamera(FIELD_OF_VIEW, 1, 1, 300);
  return {
    add: (thing) => scene.add(thing),
    resize: (width, height) => {
      if (width === 0 || height === 0) return;
      renderer.setSize(width, height, false);
      camera.aspect = width / height;
      frame(camera);
    },
    render: () => renderer.render(scene, camera),
    relieve: () => {
      if (renderer.shadowMap.enabled) {
        renderer.shadowMap.enabled = false;
        return true;
      }
      if (ratio <= 0.5) return false;
      ratio = Math.max(0.5, ratio * 0.7);
      renderer.setPixelRatio(ratio);
      return true;
    },
    dispose: () => renderer.dispose(),
  };
};

/** Stands back far enough for head and collar to fit, whatever the shape of the window. */
const frame = (camera: PerspectiveCamera): void => {
  const height = Math.max(PICTURE.height, PICTURE.width / camera.aspect);
  const distance = height / 2 / Math.tan((FIELD_OF_VIEW * Math.PI) / 360);
  camera.position.set(0, PICTURE.middle + 1, distance);
  camera.lookAt(0, PICTURE.middle, 0);
  camera.updateProjectionMatrix();
};

const light = (scene: Scene, renderer: WebGLRenderer, quality: Quality): void => {
  const low = quality === "low";
  const lamps = [
    { colour: "#fff1dd", strength: low ? 1.9 : 2.6, from: [14, 18, 30] },
    { colour: "#8fb0ff", strength: 0.55, from: [-22, 4, 16] },
    { colour: "#ff9d6b", strength: low ? 1.4 : 2.2, from: [-12, 14, -24] },
    { colour: "#7fa8ff", strength: low ? 1.1 : 1.6, from: [18, 8, -22] },
  ] as const;
  const [key] = lamps.map(({ colour, strength, from }) => {
    const lamp = new DirectionalLight(colour, strength);
    lamp.position.fromArray(from);
    scene.add(lamp);
    return lamp;
  });
  if (low) {
    scene.add(new HemisphereLight("#fff4ee", "#7a5a60", 1.9));
    return;
  }
  const room = new PMREMGenerator(renderer);
  scene.environment = room.fromScene(new RoomEnvironment(), 0.04).texture;
  scene.environmentIntensity = 0.42;
  room.dispose();
  renderer.shadowMap.enabled = true;
  renderer.shadowMap.type = PCFShadowMap;
  if (key === undefined) return;
  key.castShadow = true;
  key.shadow.mapSize.set(1_024, 1_024);
  Object.assign(key.shadow.camera, { left: -22, right: 22, top: 22, bottom: -28, near: 5, far: 80 });
  key.shadow.bias = -0.0006;
  key.shadow.normalBias = 0.06;
  key.shadow.radius = 5;
};
