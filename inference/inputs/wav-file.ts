import { open } from "node:fs/promises";
import { BunrakuError } from "../../bridge/core/errors.ts";
import { MAX_WAV_BYTES, readWav, type WavSound } from "../../bridge/core/wav.ts";

/** Reads a WAV file; throws fault `input` with a sentence where it is no usable WAV. */
export const readWavFile = async (path: string): Promise<WavSound> => readWav(await bytesOf(path), path);

const bytesOf = async (path: string): Promise<Uint8Array> => {
  try {
    const file = await open(path, "r");
    try {
      const found = await file.stat();
      if (!found.isFile()) throw new BunrakuError("input", `${path} is not a file`);
      if (found.size > MAX_WAV_BYTES)
        throw new BunrakuError(
          "input",
          `${path} is larger than ${MAX_WAV_BYTES / 1e6} MB; cut it into pieces`,
        );
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof BunrakuError) throw cause;
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    throw new BunrakuError("input", missing ? `there is no file ${path}` : `${path} cannot be read`, {
      cause,
    });
  }
};
