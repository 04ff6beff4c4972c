import { AUDIO_RATE } from "../../core/frames.ts";
import { toDaemon } from "../../sync/clock-map.ts";
import type { ClockMap } from "../../sync/clock-map.ts";
import { Playhead } from "../../sync/playhead.ts";
import type { PlayheadReport } from "../../sync/playhead.ts";
import type { SoundMessage } from "../link/link-messages.ts";
import { every, pageNow } from "../page-clock.ts";
import { PositionRing } from "./position.ts";
import type { Position } from "./position.ts";
import type { Voice } from "./voice.ts";

const STEP_MS = 10;
/** The longest silence one step presents: a tab that slept does not replay what it missed. */
const MAX_STEP = AUDIO_RATE / 4;
const CAPACITY = AUDIO_RATE * 30;

/** Presents sound by the page's clock without making any: until the first click, or in a chromeless view. */
export const silentVoice = (report: (reports: readonly PlayheadReport[]) => void): Voice => {
  let playhead = new Playhead({ rate: AUDIO_RATE, capacity: CAPACITY });
  const positions = new PositionRing(AUDIO_RATE);
  const frameOf = (now: number): number => (now / 1_000_000) * AUDIO_RATE;
  let map: ClockMap | undefined;
  let played = 0;

  const step = (): void => {
    if (map === undefined) return;
    const now = Math.floor(frameOf(pageNow()));
    const count = Math.min(MAX_STEP, now - played);
    if (count <= 0) return;
    played = now - count;
    const block = new Float32Array(count);
    playhead.read(block, toDaemon(map, (played / AUDIO_RATE) * 1_000_000));
    played = now;
    positions.push({ frame: now, pts: playhead.pts, playing: playhead.playing, level: levelOf(block) });
    const reports = playhead.takeReports();
    if (reports.length > 0) report(reports);
  };
  const stop = every(STEP_MS, step);

  return {
    audible: false,
    latency: 0,
    get underruns() {
      return playhead.underruns;
    },
    heard: (now): Position | undefined => {
      step();
      return positions.at(frameOf(now));
    },
    follow: (next) => {
      map = next;
    },
    take: (message: SoundMessage) => {
      if (message.type === "audio") playhead.write(message.turn, message.pts, message.pcm);
      else if (message.type === "finish") playhead.finish(message.turn, message.pts);
      else playhead.flush(message.turn, message.fade);
    },
    reset: () => {
      playhead = new Playhead({ rate: AUDIO_RATE, capacity: CAPACITY });
      positions.clear();
      map = undefined;
    },
    close: stop,
  };
};

const levelOf = (block: Float32Array): number => {
  let energy = 0;
  for (const sample of block) energy += sample * sample;
  return Math.sqrt(energy / block.length);
};
