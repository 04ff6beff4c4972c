import type { Lang } from "../../../bridge/core/frames.ts";
import { readChinese } from "./reading-zh.ts";
import { readEnglish } from "./reading-en.ts";

/** Text with its numbers, prices, dates and units in words: what a speaker of `lang` says when reading it aloud. */
export const reading = (text: string, lang: Lang): string =>
  lang === "zh" ? readChinese(text) : readEnglish(text);
