// What the global scope of an AudioWorklet offers beyond the DOM library.
declare const sampleRate: number;
declare const currentFrame: number;

declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
}

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

declare module "*?worker&url" {
  const url: string;
  export default url;
}
