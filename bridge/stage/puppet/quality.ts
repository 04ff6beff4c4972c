/** How much the renderer may spend: a graphics card's worth, or a software rasteriser's. */
export type Quality = "high" | "low";

/** Renderer names that mean the CPU draws. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** The quality asked for by `?q=`, or what the renderer's name suggests. */
export const chooseQuality = (asked: string | null, renderer: string): Quality => {
  if (asked === "low" || asked === "high") return asked;
  return SOFTWARE.test(renderer) ? "low" : "high";
};

/** Name of the WebGL renderer, or "none" where there is no WebGL. */
export const rendererName = (): string => {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (gl === null) return "none";
  const unmasked = gl.getExtension("WEBGL_debug_renderer_info");
  const name: unknown = gl.getParameter(unmasked === null ? gl.RENDERER : unmasked.UNMASKED_RENDERER_WEBGL);
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return String(name);
};
