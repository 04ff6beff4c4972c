import { BunrakuError } from "../bridge/core/errors.ts";
import type { CliWords } from "./words.ts";

/** A whole number from the command line, or fault `input` with its bounds. */
export const wholeNumber = (
  text: string,
  { name, least, most, words }: { name: string; least: number; most: number; words: CliWords },
): number => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new BunrakuError("input", words.badNumber(name, least, most));
};
