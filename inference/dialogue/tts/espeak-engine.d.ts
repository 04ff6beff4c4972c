/** The part of the eSpeak NG WebAssembly build that we call; the package ships no types. */
declare module "@echogarden/espeak-ng-emscripten" {
  interface SynthesisEvent {
    readonly type: string;
    readonly id: unknown;
    /** Position in the sound, ms. */
    readonly audio_position: number;
  }
  interface ESpeakNGWorker {
    set_voice(id: string): void;
    set_volume(percent: number): void;
    set_rate(wordsPerMinute: number): void;
    set_pitch(pitch: number): void;
    get_samplerate(): number;
    /** Blocks until spoken. A truthy return of `onSound` stops the synthesis. */
    synthesize(
      text: string,
      onSound: (pcm: Int16Array | null, events: readonly SynthesisEvent[]) => boolean,
    ): void;
  }
  const load: () => Promise<{ readonly eSpeakNGWorker: new () => ESpeakNGWorker }>;
  export default load;
}
