import type { Lang } from "../../../bridge/core/frames.ts";

const HANZI = /\p{Script=Han}/u;
const LATIN = /\p{Script=Latin}/u;

/** True where `text` holds a Chinese character. */
export const hasHanzi = (text: string): boolean => HANZI.test(text);
/** True where `text` holds a Latin letter. */
export const hasLatin = (text: string): boolean => LATIN.test(text);

/** The language a clause is spoken in: Chinese characters decide, then Latin letters, then the turn's own language. */
export const langOf = (text: string, base: Lang): Lang => {
  if (HANZI.test(text)) return "zh";
  return LATIN.test(text) ? "en" : base;
};

/** A stretch of text for one voice. */
export interface ScriptRun {
  readonly lang: Lang;
  readonly text: string;
}

/**
 * Splits text at every change between Chinese characters and Latin letters. Marks, spaces and digits stay with what
 * stands before them; leading ones go with the first run.
 */
export const scriptRuns = (text: string, base: Lang): ScriptRun[] => {
  const runs: { lang: Lang; text: string }[] = [];
  let lead = "";
  for (const char of text) {
    let lang: Lang | undefined;
    if (HANZI.test(char)) lang = "zh";
    else if (LATIN.test(char)) lang = "en";
    const last = runs.at(-1);
    if (last !== undefined && (lang === undefined || lang === last.lang)) last.text += char;
    else if (lang === undefined) lead += char;
    else {
      runs.push({ lang, text: lead + char });
      lead = "";
    }
  }
  if (lead !== "") runs.push({ lang: base, text: lead });
  return runs;
};
