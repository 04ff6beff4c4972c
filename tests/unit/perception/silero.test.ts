import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EAR_RATE } from "../../../bridge/core/frames.ts";
import { fromMillis, fromSamples, type Micros } from "../../../bridge/core/time.ts";
import { SileroVad, type VadStream, type VoiceWindow } from "../../../inference/perception/vad/silero.ts";
import { GATE_PROFILES } from "../../../inference/perception/vad/speech-gate.ts";
import { earVoice, joined, quietRoom } from "../../support/ear-voice.ts";
import { modelOrSkip } from "../../support/model-store.ts";

const NEVER = new AbortController().signal;
const model = await modelOrSkip("silero-vad/model");

/** Windows of a whole sound, pushed in pieces of `size` and read as they come. */
const hear = async (stream: VadStream, sound: Float32Array, size = 320): Promise<VoiceWindow[]> => {
  const heard: VoiceWindow[] = [];
  const windows = stream.windows(NEVER);
  let pushed = 0;
  for (let at = 0; at < sound.length; at += size) {
    const piece = sound.subarray(at, at + size);
    stream.push(piece, fromSamples(at, EAR_RATE));
    pushed += piece.length;
    while (heard.length < Math.floor(pushed / 512)) {
      const next = await windows.next();
      if (next.done === true) return heard;
      heard.push(next.value);
    }
  }
  return heard;
};

describe.skipIf(model === undefined)(
  "silero (skipped where no registry can be reached for its model)",
  () => {
    let vad: SileroVad;
    let sound: Float32Array;
    beforeAll(async () => {
      vad = await SileroVad.open(model ?? "", NEVER);
      const [line = new Float32Array(0)] = await earVoice([
        "The puppet opens its eyes and looks at the audience.",
      ]);
      sound = joined([quietRoom(640), line, quietRoom(640)]);
    });
    afterAll(() => vad?.close());

    test("a voice begins and falls where it is heard, in time of the sound", async () => {
      const heard = await hear(vad.begin(), sound);
      expect(heard.map(({ at }) => at)).toEqual(heard.map((_, i) => fromMillis((i + 1) * 32)));
      const onset = heard.find(({ voice }) => voice === "onset");
      expect(onset?.since).toBeGreaterThanOrEqual(fromMillis(576));
      expect(onset?.at).toBeLessThan(fromMillis(900));
      expect(heard.findLast(({ voice }) => voice === "fall")?.at).toBeGreaterThan(
        fromSamples(sound.length, EAR_RATE) - fromMillis(800),
      );
      expect(heard.at(-1)?.voice).toBe("quiet");
    });

    test("while the puppet speaks, a voice is looked for every 16 ms, and found no later wherever it begins", async () => {
      const found: Micros[] = [];
      for (const shift of [0, 4, 8, 12, 16, 20, 24, 28]) {
        const shifted = joined([quietRoom(shift), sound]);
        const onsets: Micros[] = [];
        for (const attention of ["idle", "speaking"] as const) {
          const stream = vad.begin({ ...GATE_PROFILES, idle: GATE_PROFILES.speaking });
          stream.attend(attention);
          // Two seconds of windows may wait: the onset lies in the first.
          stream.push(shifted.subarray(0, EAR_RATE * 0.95), 0 as Micros);
          for await (const { at, voice } of stream.windows(NEVER)) {
            if (voice !== "onset") continue;
            onsets.push(at);
            break;
          }
          stream.close();
        }
        const [once = 0, twice = 0] = onsets;
        expect(twice).toBeLessThanOrEqual(once);
        found.push((twice - fromMillis(shift)) as Micros);
      }
      expect(Math.max(...found) - Math.min(...found)).toBeLessThanOrEqual(fromMillis(48));
    });

    test("the cut of the pieces changes nothing", async () => {
      const [small, large] = [await hear(vad.begin(), sound, 123), await hear(vad.begin(), sound, 5_000)];
      expect(large.map(({ probability }) => probability)).toEqual(
        small.map(({ probability }) => probability),
      );
    });

    test("many streams at once hear what each hears alone", async () => {
      const alone = await hear(vad.begin(), sound);
      const together = await Promise.all(Array.from({ length: 8 }, () => hear(vad.begin(), sound)));
      for (const heard of together) {
        expect(heard).toHaveLength(alone.length);
        heard.forEach(({ probability }, i) =>
          expect(probability).toBeCloseTo(alone[i]?.probability ?? -1, 3),
        );
      }
    });

    test("a quiet room is silent", async () => {
      expect((await hear(vad.begin(), quietRoom(3_000))).every(({ voice }) => voice === "silent")).toBe(true);
    });

    test("a flood keeps the newest two seconds and counts what it lost", async () => {
      const stream = vad.begin();
      stream.push(quietRoom(10_000), 0 as Micros);
      expect(stream.dropped).toBeGreaterThan(200);
      stream.close();
    });

    test("a closed stream ends its reader", async () => {
      const stream = vad.begin();
      stream.close();
      expect((await stream.windows(NEVER).next()).done).toBe(true);
    });

    test("an open VAD is ready and a closed one stopped", async () => {
      const other = await SileroVad.open(model ?? "", NEVER);
      expect(other.status().status).toBe("ready");
      await other.close();
      await other.close();
      expect(other.status().status).toBe("stopped");
    });
  },
);

test("a file that is no model is refused with a model fault", async () => {
  await expect(SileroVad.open(import.meta.filename, NEVER)).rejects.toMatchObject({ fault: "model" });
});
