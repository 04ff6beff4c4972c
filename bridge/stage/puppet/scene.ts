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
/** Pixels a software rasteriser is given; the canvas is scaled up smoothly from there. */
const SOFTWARE_PIXELS = 160_000;

/** The lit stage a puppet stands on. The canvas is transparent; the page paints what is behind. */
export interface View {
  add(thing: Object3D): void;
  /** Fits the drawing to the canvas' size in CSS pixels, with the next frame. */
  resize(width: number, height: number): void;
  /** Draws, unless the renderer still works on the frame before: false, and nothing has happened. */
  render(): boolean;
  /** Steps the drawing down when frames take too long: shadows, then pixels. False when nothing is left to save. */
  relieve(): boolean;
  dispose(): void;
}

export const openView = (canvas: HTMLCanvasElement, quality: Quality): View => {
  const renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
  renderer.toneMapping = NeutralToneMapping;
  renderer.toneMappingExposure = 0.92;
  let ratio = quality === "high" ? Math.min(MAX_PIXEL_RATIO, window.devicePixelRatio) : 1;
  renderer.setPixelRatio(ratio);
  const gate = frameGate(renderer.getContext() as WebGL2RenderingContext);
  const scene = new Scene();
  light(scene, renderer, quality);
  const camera = new PerspectiveCamera(FIELD_OF_VIEW, 1, 1, 300);
  // A canvas that changes its size is empty until the next frame, so the two happen together.
  let asked: { readonly width: number; readonly height: number } | undefined;
  const fit = ({ width, height }: { readonly width: number; readonly height: number }): void => {
    if (quality === "low") renderer.setPixelRatio(Math.min(1, Math.sqrt(SOFTWARE_PIXELS / (width * height))));
    renderer.setSize(width, height, false);
    camera.aspect = width / height;
    frame(camera);
  };
  return {
    add: (thing) => scene.add(thing),
    resize: (width, height) => {
      if (width > 0 && height > 0) asked = { width, height };
    },
    render: () => {
      if (!gate.open()) return false;
      if (asked !== undefined) fit(asked);
      asked = undefined;
      renderer.render(scene, camera);
      gate.close();
      return true;
    },
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

/**
 * Lets one frame be drawn at a time. Without it a software rasteriser's backlog fills the command buffer, and the next
 * call blocks the page for seconds (1.4 to 2.8 s measured), sound schedule and poses included.
 */
const frameGate = (gl: WebGL2RenderingContext): { open(): boolean; close(): void } => {
  let pending: WebGLSync | null = null;
  return {
    open: () => {
      if (pending === null) return true;
      if (!gl.isContextLost() && gl.getSyncParameter(pending, gl.SYNC_STATUS) !== gl.SIGNALED) return false;
      gl.deleteSync(pending);
      pending = null;
      return true;
    },
    close: () => {
      pending = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
      gl.flush();
    },
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
  if (quality === "low") {
    // Each lamp costs a software rasteriser for every pixel: a key and one rim, and the sky for the rest.
    shine(scene, "#fff1dd", 1.9, [14, 18, 30]);
    shine(scene, "#8aa8ff", 1.6, [18, 10, -22]);
    scene.add(new HemisphereLight("#fff4ee", "#8a6a74", 2.1));
    return;
  }
  const key = shine(scene, "#fff1dd", 2.6, [14, 18, 30]);
  shine(scene, "#8fb0ff", 0.55, [-22, 4, 16]);
  shine(scene, "#ff9d6b", 2.2, [-12, 14, -24]);
  shine(scene, "#7fa8ff", 1.6, [18, 8, -22]);
  const room = new PMREMGenerator(renderer);
  scene.environment = room.fromScene(new RoomEnvironment(), 0.04).texture;
  scene.environmentIntensity = 0.42;
  room.dispose();
  renderer.shadowMap.enabled = true;
  renderer.shadowMap.type = PCFShadowMap;
  key.castShadow = true;
  key.shadow.mapSize.set(1_024, 1_024);
  Object.assign(key.shadow.camera, { left: -22, right: 22, top: 22, bottom: -28, near: 5, far: 80 });
  key.shadow.bias = -0.0006;
  key.shadow.normalBias = 0.06;
  key.shadow.radius = 5;
};

const shine = (
  scene: Scene,
  colour: string,
  strength: number,
  from: readonly [number, number, number],
): DirectionalLight => {
  const lamp = new DirectionalLight(colour, strength);
  lamp.position.set(...from);
  scene.add(lamp);
  return lamp;
};
