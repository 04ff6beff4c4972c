import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLog } from "../../../bridge/core/log.ts";
import { EAR_RATE } from "../../../bridge/core/frames.ts";
import { fromSeconds, SystemClock, toMillis, toSeconds } from "../../../bridge/core/time.ts";
import type { Asr } from "../../../inference/dialogue/provider.ts";
import { moonshine } from "../../../inference/dialogue/asr/moonshine.ts";
import { Listening } from "../../../inference/dialogue/listening.ts";
import { transcribe, type SpokenSegment } from "../../../inference/dialogue/transcribe.ts";
import type { UserEvent } from "../../../inference/dialogue/user-event.ts";
import { readWavFile } from "../../../inference/inputs/wav-file.ts";
import { earSamples, wavSource } from "../../../inference/inputs/wav-source.ts";
import { SileroVad } from "../../../inference/perception/vad/silero.ts";
import { earVoice, joined, quietRoom } from "../../support/ear-voice.ts";
import { modelOrSkip } from "../../support/model-store.ts";
import { toolsOf } from "../../support/provider-tools.ts";

const NEVER = new AbortController().signal;
const model = await modelOrSkip("silero-vad/model");
const JFK = "../shared/data/speech/en/jfk.wav";

describe.skipIf(model === undefined)(
  "real ears (skipped where no registry can be reached for their models)",
  () => {
    let vad: SileroVad;
    let asr: Asr;
    beforeAll(async () => {
      vad = await SileroVad.open(model ?? "", NEVER);
      asr = await moonshine.create(
        {},
        { ...toolsOf(), modelFile: async (id) => (await modelOrSkip(id)) ?? "" },
      );
    });
    afterAll(async () => {
      await asr?.close();
      await vad?.close();
    });

    const segmentsOf = async (samples: Float32Array): Promise<SpokenSegment[]> => {
      const found: SpokenSegment[] = [];
      for await (const segment of transcribe(samples, { vad: vad.begin(), asr, lang: "en", signal: NEVER }))
        found.push(segment);
      return found;
    };

    test("a sound is transcribed voice by voice, with its times", async () => {
      const [one = new Float32Array(0), two = one] = await earVoice([
        "The train to Scotland leaves at seven in the evening.",
        "Please bring two bottles of water and a red apple.",
      ]);
      const found = await segmentsOf(
        joined([quietRoom(1_500), one, quietRoom(2_000), two, quietRoom(1_000)]),
      );
      expect(found).toHaveLength(2);
      expect(found[0]?.text).toMatch(/train.*evening/i);
      expect(found[1]?.text).toMatch(/water.*apple/i);
      expect(toSeconds(found[0]?.start ?? fromSeconds(0))).toBeGreaterThan(1);
      expect(found[1]?.start).toBeGreaterThan(found[0]?.end ?? 0);
    });

    test("silence has no words", async () => {
      expect(await segmentsOf(quietRoom(3_000))).toEqual([]);
      expect(await segmentsOf(new Float32Array(0))).toEqual([]);
    });

    test.skipIf(!existsSync(JFK))(
      "a president's sentence comes out whole (skipped without the shared clips)",
      async () => {
        const found = await segmentsOf(earSamples(await readWavFile(JFK)));
        const words = found
          .map(({ text }) => text)
          .join(" ")
          .toLowerCase();
        expect(words.replace(/[^a-z ]/g, "")).toBe(
          "and so my fellow americans ask not what your country can do for you ask what you can do for your country",
        );
      },
    );

    test("a question spoken live is one turn, soon after its end", async () => {
      const [line = new Float32Array(0)] = await earVoice([
        "Please bring two bottles of water and a red apple.",
      ]);
      const sound = joined([quietRoom(400), line]);
      const clock = new SystemClock();
      const ears = new Listening({
        vad: vad.begin(),
        asr,
        clock,
        log: silentLog,
        lang: "en",
        partials: true,
      });
      const stop = new AbortController();
      const heard: UserEvent[] = [];
      const reading = (async () => {
        for await (const event of ears.events(stop.signal)) {
          heard.push(event);
          if (event.kind === "turn") stop.abort();
        }
      })().catch(() => undefined);
      const start = clock.now();
      for await (const { samples, at } of wavSource(sound, {
        clock,
        signal: NEVER,
        silence: fromSeconds(2),
      })) {
        if (stop.signal.aborted) break;
        ears.push(samples, at);
      }
      stop.abort();
      await reading;
      ears.close();
      expect(heard[0]?.kind).toBe("onset");
      expect(heard.filter(({ kind }) => kind === "turn")).toHaveLength(1);
      const turn = heard.find((event) => event.kind === "turn");
      expect(turn?.text).toMatch(/water.*apple/i);
      // The voice's own end is 20 ms before the sound's; a busy test machine gets a wide margin.
      const late = toMillis(turn?.at ?? start) - toMillis(start) - (sound.length / EAR_RATE) * 1_000;
      expect(late).toBeLessThan(1_500);
    });
  },
);
