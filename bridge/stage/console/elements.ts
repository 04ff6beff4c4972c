/** The element with this id; throws where the page lacks it, which is a mistake in its HTML. */
export const element = <T extends HTMLElement>(id: string, kind: new () => T): T => {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return found;
};

/**
 * A canvas' pen with the canvas fitted to its size on screen; coordinates are CSS pixels. Drawn by the CPU: a few lines
 * are not worth waiting for a busy renderer.
 */
export const fittedPen = (
  canvas: HTMLCanvasElement,
):
  { readonly pen: CanvasRenderingContext2D; readonly width: number; readonly height: number } | undefined => {
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (pen === null || width === 0) return undefined;
  const ratio = Math.min(2, window.devicePixelRatio);
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height };
};
