// Vite bundles a worklet as a file of its own only through this kind of import, which always has a default export.
// oxlint-disable import/default
import capture from "./capture-worklet.ts?worker&url";
import playback from "./playback-worklet.ts?worker&url";

/** Addresses of the audio worklets' scripts. */
export const WORKLETS = { capture, playback };
