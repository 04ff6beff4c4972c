import { BunrakuError, asBunrakuError } from "../core/errors.ts";
import { openNaudiodonDevice } from "./naudiodon-device.ts";
import type { OpenSoundDevice, SoundDevice } from "./sound-device.ts";
import { openWebAudioDevice } from "./web-audio-device.ts";

/** Opens a sound card through the first package that is installed and finds one. */
export const openSoundDevice: OpenSoundDevice = async (options) => {
  let fault: BunrakuError | undefined;
  for (const open of [openWebAudioDevice, openNaudiodonDevice]) {
    let device: SoundDevice | undefined;
    try {
      device = await open(options);
    } catch (error) {
      fault ??= asBunrakuError(error, "device");
    }
    if (device !== undefined) return device;
  }
  throw (
    fault ??
    new BunrakuError(
      "device",
      "The speaker needs a package for the sound card: run npm install node-web-audio-api@1.0.9 (or naudiodon) and start again.",
    )
  );
};
