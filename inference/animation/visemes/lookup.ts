import type { Lang } from "../../../bridge/core/frames.ts";
import { ENGLISH } from "./english.ts";
import { MANDARIN } from "./mandarin.ts";
import { one, type Sight } from "./viseme.ts";

const TABLES: Readonly<Record<Lang, ReadonlyMap<string, Sight>>> = {
  en: new Map(Object.entries(ENGLISH)),
  zh: new Map(Object.entries(MANDARIN)),
};
const OTHER: Readonly<Record<Lang, Lang>> = { en: "zh", zh: "en" };

/** Longest symbol a table holds, in UTF-16 units. */
const LONGEST = Math.max(...[...TABLES.en.keys(), ...TABLES.zh.keys()].map((symbol) => symbol.length));

/** Pauses: eSpeak's empty and underscore symbols, and what forced aligners write. */
const PAUSE = /^(|_[:|!]*|\||sil|sp|spn|pau|SIL)$/;
/** A switch of voice inside a clause, such as `(en)`: takes a few milliseconds and has no shape. */
const SWITCH = /^\(.*\)$/;
const STRESS = /[ˈˌ']/g;

export const isPause = (symbol: string): boolean => PAUSE.test(symbol);
export const isSwitch = (symbol: string): boolean => SWITCH.test(symbol);
export const isStressed = (symbol: string): boolean => symbol.includes("ˈ");

/** What a symbol looks like by the tables alone, stress ignored; the clause's language first, then the other. */
export const exactSight = (symbol: string, lang: Lang): Sight | undefined => {
  const bare = symbol.replace(STRESS, "");
  return TABLES[lang].get(bare) ?? TABLES[OTHER[lang]].get(bare);
};

/** What any symbol looks like. One the tables lack is read as a run of known ones; a stranger is an open schwa. */
export const sightOf = (symbol: string, lang: Lang): Sight =>
  exactSight(symbol, lang) ?? spelledSight(symbol, lang);

const spelledSight = (symbol: string, lang: Lang): Sight => {
  const bare = symbol.replace(STRESS, "").slice(0, 16);
  const parts: Sight[] = [];
  for (let at = 0; at < bare.length;) {
    let length = Math.min(LONGEST, bare.length - at);
    let part: Sight | undefined;
    for (; length > 0 && part === undefined; length--) part = exactSight(bare.slice(at, at + length), lang);
    if (part !== undefined) parts.push(part);
    at += part === undefined ? 1 : length + 1;
  }
  const shapes = parts.flatMap((part) =>
    part.shapes.map(([viseme, share]) => [viseme, share / parts.length] as const),
  );
  if (shapes.length === 0) return one("schwa");
  return { shapes, voicelessStop: parts[0]?.voicelessStop === true && parts.length === 1 };
};
