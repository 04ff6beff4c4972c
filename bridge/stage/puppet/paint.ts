import { CHART_HEIGHT, CHART_WIDTH } from "./head.ts";
import { EYE_X, MOUTH_HALF, MOUTH_Y } from "./surface.ts";

// Gofun (shell white) face paint, drawn in chart space. Row 0 of the bitmap is the chin: bitmaps are uploaded unflipped.

type Pen = OffscreenCanvasRenderingContext2D;

const COLOURS = {
  gofun: "#f4e7d8",
  ink: "#241512",
  liner: "#1c0f0e",
  vermilion: "#a3262a",
  mouth: "#4a0d12",
};

const penOf = (canvas: OffscreenCanvas): Pen => {
  const pen = canvas.getContext("2d");
  if (pen === null) throw new Error("this browser cannot draw on an off-screen canvas");
  return pen;
};

/** Paints the face; `size` pixels square. */
export const paintFace = (size: number): ImageBitmap => {
  const canvas = new OffscreenCanvas(size, size);
  const pen = penOf(canvas);
  pen.fillStyle = COLOURS.gofun;
  pen.fillRect(0, 0, size, size);
  // From here on one unit is one centimetre of the face, y up.
  pen.setTransform(size / CHART_WIDTH, 0, 0, size / CHART_HEIGHT, size / 2, size / 2);
  blush(pen);
  lips(pen);
  for (const side of [-1, 1] as const) {
    brow(pen, side);
    eyeLine(pen, side);
  }
  speckle(pen, size);
  return canvas.transferToImageBitmap();
};

const glow = (pen: Pen, x: number, y: number, rx: number, ry: number, rgb: string, alpha: number): void => {
  pen.save();
  pen.translate(x, y);
  pen.scale(rx, ry);
  const gradient = pen.createRadialGradient(0, 0, 0, 0, 0, 1);
  gradient.addColorStop(0, `rgba(${rgb},${alpha})`);
  gradient.addColorStop(1, `rgba(${rgb},0)`);
  pen.fillStyle = gradient;
  pen.fillRect(-1, -1, 2, 2);
  pen.restore();
};

const blush = (pen: Pen): void => {
  for (const side of [-1, 1]) {
    glow(pen, side * 4.1, -3.2, 2.6, 2.2, "224,114,92", 0.42);
    glow(pen, side * EYE_X, 0.55, 2.3, 1.3, "184,84,63", 0.3);
    glow(pen, side * EYE_X, -0.55, 1.9, 0.7, "194,96,76", 0.16);
  }
  glow(pen, 0, -3.9, 1.3, 0.9, "221,138,112", 0.3);
  glow(pen, 0, -9.6, 1.6, 1, "224,154,128", 0.22);
};

const lips = (pen: Pen): void => {
  const upper = (x: number): number => {
    const bow = 0.62 - 0.13 * Math.exp((-x * x) / 0.1) + 0.06 * Math.exp(-((Math.abs(x) - 0.55) ** 2) / 0.12);
    return MOUTH_Y + 0.03 + bow * Math.pow(1 - (x / MOUTH_HALF) ** 2, 0.8);
  };
  const lower = (x: number): number => MOUTH_Y - 0.03 - 0.8 * Math.pow(1 - (x / MOUTH_HALF) ** 2, 0.62);
  pen.save();
  pen.filter = "blur(1.2px)";
  fillLip(pen, upper, "#b3242c", "#8d1620");
  fillLip(pen, lower, "#a51c26", "#c23a3c");
  pen.restore();
  // The rows inside the mouth sit exactly at its height: dark there.
  pen.fillStyle = COLOURS.mouth;
  pen.fillRect(-MOUTH_HALF * 0.95, MOUTH_Y - 0.045, MOUTH_HALF * 1.9, 0.09);
};

const fillLip = (pen: Pen, edge: (x: number) => number, top: string, bottom: string): void => {
  pen.beginPath();
  pen.moveTo(-MOUTH_HALF, MOUTH_Y);
  for (let i = 0; i <= 60; i++) {
    const x = -MOUTH_HALF + (2 * MOUTH_HALF * i) / 60;
    pen.lineTo(x, edge(x));
  }
  pen.lineTo(MOUTH_HALF, MOUTH_Y);
  pen.closePath();
  const gradient = pen.createLinearGradient(0, MOUTH_Y + 0.7, 0, MOUTH_Y - 0.8);
  gradient.addColorStop(0, top);
  gradient.addColorStop(1, bottom);
  pen.fillStyle = gradient;
  pen.fill();
};

/** A tapered stroke of ink. */
const brow = (pen: Pen, side: 1 | -1): void => {
  const stroke = Array.from({ length: 25 }, (_, i) => {
    const t = i / 24;
    const half =
      0.26 * Math.pow(Math.sin(Math.PI * Math.min(1, 0.12 + 0.88 * t)), 0.55) * (1 - 0.55 * t) + 0.02;
    return { x: side * (1.4 + 3.8 * t), y: 2.5 + 0.5 * Math.sin(t * Math.PI * 0.85) - 0.35 * t, half };
  });
  pen.save();
  pen.filter = "blur(1.5px)";
  pen.beginPath();
  for (const { x, y, half } of stroke) pen.lineTo(x, y + half);
  for (const { x, y, half } of stroke.toReversed()) pen.lineTo(x, y - half);
  pen.closePath();
  pen.fillStyle = COLOURS.ink;
  pen.fill();
  pen.restore();
};

/** Eyeliner over the almond and the red accent at its outer corner. */
const eyeLine = (pen: Pen, side: 1 | -1): void => {
  pen.lineCap = "round";
  pen.beginPath();
  for (let i = 0; i <= 30; i++) {
    const dx = -1.66 + (3.32 * i) / 30;
    const lift = 0.66 * Math.pow(Math.max(0, 1 - (dx / 1.66) ** 2), 0.72);
    pen.lineTo(side * (EYE_X + dx), lift + (0.1 * dx) / 1.62);
  }
  pen.lineWidth = 0.2;
  pen.strokeStyle = COLOURS.liner;
  pen.stroke();
  pen.beginPath();
  pen.moveTo(side * (EYE_X + 1.55), 0.22);
  pen.quadraticCurveTo(side * (EYE_X + 2), 0.42, side * (EYE_X + 2.35), 0.85);
  pen.lineWidth = 0.13;
  pen.strokeStyle = COLOURS.vermilion;
  pen.stroke();
};

/** The grain of painted wood; a fixed seed, so that every screenshot agrees. */
const speckle = (pen: Pen, size: number): void => {
  const image = pen.getImageData(0, 0, size, size);
  let seed = 12_345;
  for (let i = 0; i < image.data.length; i += 4) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    const grain = (((seed >> 16) & 255) / 255) * 5 - 2.5;
    for (let k = 0; k < 3; k++) image.data[i + k] = (image.data[i + k] ?? 0) + grain;
  }
  pen.putImageData(image, 0, 0);
};

/** An iris on the white of the eye, mapped flat on the front half of the ball. */
export const paintEye = (): ImageBitmap => {
  const size = 512;
  const [centre, iris, pupil] = [size / 2, 122, 46];
  const canvas = new OffscreenCanvas(size, size);
  const pen = penOf(canvas);
  const white = pen.createRadialGradient(centre, centre, 0, centre, centre, centre);
  white.addColorStop(0, "#efe9dd");
  white.addColorStop(1, "#d9c9b6");
  pen.fillStyle = white;
  pen.fillRect(0, 0, size, size);
  const brown = pen.createRadialGradient(centre, centre, 20, centre, centre, iris);
  brown.addColorStop(0, "#6b3a1e");
  brown.addColorStop(0.7, "#43210f");
  brown.addColorStop(1, "#140805");
  disc(pen, centre, iris, brown);
  for (let k = 0; k < 120; k++) {
    const [c, s] = [Math.cos((k / 60) * Math.PI), Math.sin((k / 60) * Math.PI)];
    pen.strokeStyle = `rgba(190,120,60,${0.1 + (0.12 * ((k * 7) % 5)) / 5})`;
    pen.beginPath();
    pen.moveTo(centre + pupil * c, centre + pupil * s);
    pen.lineTo(centre + (iris - 6) * c, centre + (iris - 6) * s);
    pen.stroke();
  }
  disc(pen, centre, pupil, "#050303");
  return canvas.transferToImageBitmap();
};

const disc = (pen: Pen, centre: number, radius: number, fill: string | CanvasGradient): void => {
  pen.fillStyle = fill;
  pen.beginPath();
  pen.arc(centre, centre, radius, 0, 2 * Math.PI);
  pen.fill();
};
