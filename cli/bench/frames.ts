import type { Lang, PuppetId, TurnId } from "../../bridge/core/frames.ts";
import { quantile } from "../../bridge/core/metrics.ts";
import { FRAME_RATE } from "../../bridge/core/frames.ts";
import type { Micros } from "../../bridge/core/time.ts";
import { encode } from "../../bridge/wire/encode.ts";
import { Performer } from "../../inference/animation/performer.ts";
import { plainReport, type Bench } from "./bench.ts";

const SECONDS = 60;
const SYMBOLS = ["h", "ə", "l", "oʊ", "b", "ɪ", "ɡ", "m", "æ", "p"];

/** What one frame costs: poses of a talking puppet, mixed and encoded. */
export const frames: Bench = {
  name: "frames",
  text: "what a frame of a talking puppet costs: lips, life, mix, encoding",
  run: () => {
    const performer = new Performer({ puppet: "bench" as PuppetId, seed: 1 });
    const cost: number[] = [];
    let clause = 0;
    for (let frame = 0; frame < SECONDS * FRAME_RATE; frame++) {
      const pts = Math.round((frame * 1e6) / FRAME_RATE) as Micros;
      if (frame % FRAME_RATE === 0) performer.speak(chunk(clause++), (pts + 400_000) as Micros);
      const from = process.hrtime.bigint();
      const made = performer.frame(pts);
      encode(
        { type: "animation", handle: 1, pts, turn: made.turn, curves: made.curves, bones: made.bones },
        frame,
      );
      cost.push(Number(process.hrtime.bigint() - from) / 1_000);
    }
    const sorted = cost.slice(FRAME_RATE).sort((a, b) => a - b);
    const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
    return Promise.resolve(
      plainReport([
        { name: "p50", value: quantile(sorted, 0.5), unit: "µs" },
        { name: "p99", value: quantile(sorted, 0.99), unit: "µs" },
        { name: "one puppet", value: (mean * FRAME_RATE) / 10_000, unit: "% of a core" },
      ]),
    );
  },
};

/** A second of speech. */
const chunk = (clause: number) => ({
  turn: 1 as TurnId,
  clause,
  offset: (clause * 1_000_000) as Micros,
  sampleRate: 22_050,
  pcm: Float32Array.from({ length: 22_050 }, (_, i) => 0.3 * Math.sin(i / 20)),
  text: "bench",
  lang: "en" as Lang,
  phonemes: SYMBOLS.map((symbol, i) => ({
    symbol,
    start: (clause * 1_000_000 + i * 100_000) as Micros,
    end: (clause * 1_000_000 + (i + 1) * 100_000) as Micros,
  })),
});
