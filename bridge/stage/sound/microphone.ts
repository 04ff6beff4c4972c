import { BunrakuError, reasonOf } from "../../core/errors.ts";
import { WORKLETS } from "./worklet-urls.ts";

/** An open microphone. */
export interface Microphone {
  close(): void;
}

/** True where the browser lends a microphone at all: over https, or on this very machine. */
export const microphoneAllowed = (): boolean => window.isSecureContext && "mediaDevices" in navigator;

/**
 * Opens the microphone; its pieces go to `port`, its level (RMS 0..1, 50 a second) to `level`.
 * Fault `device` where the user or the machine refuses.
 */
export const openMicrophone = async (
  context: AudioContext,
  port: MessagePort,
  level: (rms: number) => void,
): Promise<Microphone> => {
  const stream = await listen();
  await context.audioWorklet.addModule(WORKLETS.capture);
  const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
  const node = new AudioWorkletNode(context, "bunraku-capture", { numberOfOutputs: 0 });
  node.port.addEventListener("message", ({ data }: MessageEvent<number>) => level(data));
  node.port.start();
  node.port.postMessage(port, [port]);
  source.connect(node);
  return {
    close: () => {
      source.disconnect();
      for (const track of stream.getTracks()) track.stop();
      level(0);
    },
  };
};

const listen = async (): Promise<MediaStream> => {
  try {
    return await navigator.mediaDevices.getUserMedia({
      // Without the echo canceller the puppet would answer itself.
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
  } catch (cause) {
    throw new BunrakuError("device", reasonOf(cause), { cause });
  }
};
