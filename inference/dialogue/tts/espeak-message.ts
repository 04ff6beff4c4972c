/** Sample rate of eSpeak NG, Hz. */
export const ESPEAK_RATE = 22_050;
/** Longest text of one request, characters: about two minutes of speech, so the child can never run unbounded. */
export const ESPEAK_TEXT = 2_000;

/** The two voices kept warm: American English, and Mandarin from pinyin with tone digits. */
export type EspeakVoice = "en-us" | "cmn-latn-pinyin";

/** What the parent sends to the eSpeak process. */
export type EspeakRequest =
  | {
      readonly kind: "speak";
      readonly id: number;
      readonly text: string;
      readonly voice: EspeakVoice;
      /** Words a minute, 80..450. */
      readonly rate: number;
      /** 0..99, 50 is the voice's own. */
      readonly pitch: number;
    }
  | { readonly kind: "cancel"; readonly id: number };

/** A phoneme event: eSpeak's own symbol, and its place in the sound in ms. An empty symbol is a pause. */
export interface EspeakEvent {
  readonly symbol: string;
  readonly ms: number;
}

/** What the eSpeak process answers. A cancelled request gets no answer. */
export type EspeakReply =
  | { readonly kind: "ready"; readonly rate: number }
  | {
      readonly kind: "spoken";
      readonly id: number;
      readonly pcm: Int16Array;
      readonly events: readonly EspeakEvent[];
    }
  | { readonly kind: "failed"; readonly id: number; readonly reason: string };
