import type { Lang } from "../../bridge/core/frames.ts";

/** The language an answer to `text` is given in: that of most of its words (a hanzi counts as one); `base` where it has none. */
export const replyLang = (text: string, options: { base: Lang; languages: readonly Lang[] }): Lang => {
  const { base, languages } = options;
  const hanzi = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const words = text.match(/\p{Script=Latin}+(?:['’]\p{Script=Latin}+)*/gu)?.length ?? 0;
  if (hanzi + words === 0) return base;
  const lang: Lang = hanzi >= words ? "zh" : "en";
  return languages.includes(lang) ? lang : base;
};
