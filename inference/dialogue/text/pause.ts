import { fromMillis, type Micros } from "../../../bridge/core/time.ts";

/** Loudest sample that counts as silence (-50 dB): above the noise floor of streamed voices, below any breath. */
const SILENCE = 0.003;

/** The pause a speaker makes after a clause, by the mark it ends with. */
export const pauseAfter = (clause: string): Micros => {
  const end = clause.trimEnd().replace(/["'”’)\]」』】]+$/, "");
  if (/[.!?。！？]$/.test(end)) return fromMillis(300);
  if (/[;；…—]$/.test(end)) return fromMillis(240);
  if (/[,:，：]$/.test(end)) return fromMillis(150);
  if (end.endsWith("、")) return fromMillis(80);
  return fromMillis(clause.includes("\n") ? 300 : 30);
};

/** Samples of silence at the end of `pcm`. */
export const trailingSilence = (pcm: Float32Array): number => {
  let last = pcm.length - 1;
  while (last >= 0 && Math.abs(pcm[last] ?? 0) <= SILENCE) last--;
  return pcm.length - 1 - last;
};
