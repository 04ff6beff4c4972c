import { expect, test } from "vitest";
import { BunrakuError } from "../../bridge/core/errors.ts";
import { EAR_RATE, type Lang } from "../../bridge/core/frames.ts";
import type { Asr, AsrCapabilities } from "../../inference/dialogue/provider.ts";

const NEVER = new AbortController().signal;

export interface AsrSubject {
  readonly capabilities: AsrCapabilities;
  readonly make: () => Promise<Asr>;
  /** Speech in `lang`, mono 16 kHz. */
  readonly speech: (lang: Lang) => Promise<Float32Array>;
}

/** What every recogniser must do, whoever makes it. */
export const asrConformance = (name: string, { capabilities, make, speech }: AsrSubject): void => {
  for (const lang of capabilities.languages) {
    test(`${name} hears words in ${lang}, however the sound is cut`, async () => {
      const asr = await make();
      const sound = await speech(lang);
      const whole = asr.begin(lang);
      whole.push(sound);
      const text = await whole.transcribe(NEVER);
      expect(text).toMatch(lang === "zh" ? /\p{Script=Han}/u : /[a-z]/i);
      expect(text).toBe(text.trim());
      const cut = asr.begin(lang);
      for (let at = 0; at < sound.length; at += 777) cut.push(sound.subarray(at, at + 777));
      expect(await cut.transcribe(NEVER)).toBe(text);
      await asr.close();
    });
  }

  test(`${name} begins a turn only in a language it knows`, async () => {
    const asr = await make();
    for (const lang of ["en", "zh"] as const) {
      if (capabilities.languages.includes(lang)) asr.begin(lang).close();
      else expect(() => asr.begin(lang)).toThrow(BunrakuError);
    }
    await asr.close();
  });

  test(`${name} hears nothing in nothing, in a click and in silence`, async () => {
    const asr = await make();
    const lang = capabilities.languages[0] ?? "en";
    for (const sound of [new Float32Array(0), new Float32Array(100).fill(0.5), new Float32Array(EAR_RATE)]) {
      const turn = asr.begin(lang);
      turn.push(sound);
      expect(await turn.transcribe(NEVER)).toBe("");
      turn.close();
    }
    await asr.close();
  });

  test(`${name} can be asked again after more sound, and keeps turns apart`, async () => {
    const asr = await make();
    const lang = capabilities.languages[0] ?? "en";
    const sound = await speech(lang);
    const [one, two] = [asr.begin(lang), asr.begin(lang)];
    one.push(sound.subarray(0, sound.length / 2));
    await one.transcribe(NEVER);
    one.push(sound.subarray(sound.length / 2));
    expect(await one.transcribe(NEVER)).not.toBe("");
    expect(await two.transcribe(NEVER)).toBe("");
    await asr.close();
  });

  test(`${name} frees its caller at once when the turn is aborted, and goes on`, async () => {
    const asr = await make();
    const lang = capabilities.languages[0] ?? "en";
    const turn = asr.begin(lang);
    turn.push(await speech(lang));
    const reason = new Error("barge-in");
    await expect(turn.transcribe(AbortSignal.abort(reason))).rejects.toBe(reason);
    const stop = new AbortController();
    const running = turn.transcribe(stop.signal);
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(await turn.transcribe(NEVER)).not.toBe("");
    await asr.close();
  });

  test(`${name} refuses a turn without end`, async () => {
    const asr = await make();
    const turn = asr.begin(capabilities.languages[0] ?? "en");
    const minute = new Float32Array(60 * EAR_RATE);
    expect(() => {
      for (let i = 0; i < 11; i++) turn.push(minute);
    }).toThrow(BunrakuError);
    await asr.close();
  });

  test(`${name} has a status, and closes twice without complaint`, async () => {
    const asr = await make();
    expect(asr.status().status).toBe("ready");
    await asr.close();
    await asr.close();
    expect(asr.status().status).toBe("stopped");
  });
};
