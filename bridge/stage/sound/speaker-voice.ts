import { toDaemon } from "../../sync/clock-map.ts";
import type { ClockMap } from "../../sync/clock-map.ts";
import { every, pageNow } from "../page-clock.ts";
import { OutputClock } from "./latency.ts";
import type { FromPlayback, ToPlayback } from "./playback-messages.ts";
import { PositionRing } from "./position.ts";
import type { Voice } from "./voice.ts";
import { WORKLETS } from "./worklet-urls.ts";

/** How often the worklet is told which pts its frames carry, ms. */
const SCHEDULE_MS = 100;

/** Plays the puppet's sound through a running audio context. `port` is the link's: sound goes from there to the worklet. */
export const speakerVoice = async (context: AudioContext, port: MessagePort): Promise<Voice> => {
  await context.audioWorklet.addModule(WORKLETS.playback);
  const node = new AudioWorkletNode(context, "bunraku-playback", {
    numberOfInputs: 0,
    outputChannelCount: [2],
  });
  const positions = new PositionRing(context.sampleRate);
  const clock = new OutputClock(context);
  let map: ClockMap | undefined;
  let underruns = 0;
  node.port.addEventListener("message", ({ data }: MessageEvent<FromPlayback>) => {
    positions.push(data);
    underruns = data.underruns;
  });
  node.port.start();
  const post = (message: ToPlayback, transfer: Transferable[] = []): void =>
    node.port.postMessage(message, transfer);
  post({ link: port }, [port]);
  node.connect(context.destination);

  const schedule = (): void => {
    const now = pageNow();
    clock.measure(now);
    if (map === undefined) return;
    // Frames written now are heard one latency later: the schedule is pinned at the ear.
    const frame = Math.round(clock.frameAt(now));
    const latency = Math.max(0, Math.round(context.currentTime * context.sampleRate) - frame);
    post({
      schedule: { frame, pts: toDaemon(map, clock.heardAt(frame)), slope: 1 / (1 + map.skew), latency },
    });
  };
  const stop = every(SCHEDULE_MS, schedule);

  return {
    get audible() {
      return context.state === "running";
    },
    get underruns() {
      return underruns;
    },
    get latency() {
      return clock.latency;
    },
    heard: (now) => positions.at(clock.frameAt(now)),
    follow: (next) => {
      const first = map === undefined;
      map = next;
      if (first) schedule();
    },
    // The worklet takes its sound from the link itself.
    take: () => undefined,
    // The link has reset the worklet.
    reset: () => {
      map = undefined;
      positions.clear();
    },
    close: () => {
      stop();
      node.disconnect();
    },
  };
};
