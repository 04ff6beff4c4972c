import type { TraceEntry } from "../face/trace.ts";
import { fittedPen } from "./elements.ts";

/** Time shown, µs. */
const SPAN = 6_000_000;
const COLOURS = {
  sound: "#8d7f93",
  jawOpen: "#e2543f",
  mouthClose: "#7f9bff",
  gap: "#d9ab4c",
  rule: "#352a36",
};
/** Lip gap at the top of the plot, cm. */
const WIDEST = 2.5;
/** Loudness at which the sound fills the plot, RMS; louder passages fill it with their loudest instant. */
const LOUD = 0.25;

/** Draws the sound heard and the mouth presented with it, on one time axis: a lip that lags is seen. */
export const drawPlot = (canvas: HTMLCanvasElement, entries: readonly TraceEntry[]): void => {
  const fitted = fittedPen(canvas);
  const newest = entries.at(-1);
  if (fitted === undefined) return;
  const { pen, width, height } = fitted;
  pen.strokeStyle = COLOURS.rule;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(0, height - 0.5);
  pen.lineTo(width, height - 0.5);
  pen.stroke();
  if (newest === undefined) return;
  const shown = entries.filter(({ heardPts }) => heardPts > newest.heardPts - SPAN);
  const x = ({ heardPts }: TraceEntry): number => width * (1 - (newest.heardPts - heardPts) / SPAN);

  const loudest = shown.reduce((most, { rms }) => Math.max(most, rms), LOUD);
  pen.fillStyle = COLOURS.sound;
  for (const entry of shown) {
    const half = ((entry.rms / loudest) * (height - 4)) / 2;
    pen.fillRect(x(entry) - 1, height / 2 - half, 1.6, Math.max(1, half * 2));
  }
  const line = (colour: string, value: (entry: TraceEntry) => number): void => {
    pen.strokeStyle = colour;
    pen.lineWidth = 1.6;
    pen.beginPath();
    for (const entry of shown)
      pen.lineTo(x(entry), height - 2 - Math.max(0, Math.min(1, value(entry))) * (height - 4));
    pen.stroke();
  };
  line(COLOURS.mouthClose, ({ mouthClose }) => mouthClose);
  line(COLOURS.gap, ({ gap }) => gap / WIDEST);
  line(COLOURS.jawOpen, ({ jawOpen }) => jawOpen);
};

/** What broadcast allows: sound at most 15 ms early and 45 ms late (ATSC IS-191). */
const EARLY = -15;
const LATE = 45;
/** Ends of the bar, ms. */
const ENDS = 90;

/** Draws how far sound and face are apart, ms: sound late is positive. */
export const drawSkew = (canvas: HTMLCanvasElement, skew: number | undefined): void => {
  const fitted = fittedPen(canvas);
  if (fitted === undefined) return;
  const { pen, width, height } = fitted;
  const x = (ms: number): number => (width * (ms + ENDS)) / (2 * ENDS);
  const middle = height / 2;
  pen.fillStyle = "#0f0b10";
  pen.fillRect(0, middle - 5, width, 10);
  pen.fillStyle = "#2d5c4b";
  pen.fillRect(x(EARLY), middle - 5, x(LATE) - x(EARLY), 10);
  pen.fillStyle = "#b9aab0";
  pen.fillRect(x(0) - 0.5, middle - 8, 1, 16);
  if (skew === undefined) return;
  const inside = skew >= EARLY && skew <= LATE;
  pen.fillStyle = inside ? "#63c6a0" : "#e2543f";
  const at = x(Math.max(-ENDS, Math.min(ENDS, skew)));
  pen.beginPath();
  pen.moveTo(at, middle - 4);
  pen.lineTo(at - 6, middle - 13);
  pen.lineTo(at + 6, middle - 13);
  pen.fill();
  pen.fillRect(at - 1.5, middle - 6, 3, 12);
};
