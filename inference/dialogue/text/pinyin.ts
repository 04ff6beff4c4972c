import { customPinyin, pinyin } from "pinyin-pro";

/** Words whose reading the dictionary misses, with tone marks as pinyin-pro wants them. */
const WORDS: Readonly<Record<string, string>> = {
  我得走: "wǒ děi zǒu",
  得走了: "děi zǒu le",
  你得: "nǐ děi",
  我得: "wǒ děi",
  必得: "bì děi",
  长得: "zhǎng de",
  做得: "zuò de",
  说得: "shuō de",
  觉得: "jué de",
  记得: "jì de",
  值得: "zhí de",
  获得: "huò dé",
  行长: "háng zhǎng",
  朝阳: "cháo yáng",
  都是: "dōu shì",
  主播: "zhǔ bō",
  下单: "xià dān",
  还钱: "huán qián",
  还给: "huán gěi",
  呣: "ń",
  嗯: "ǹg",
};
customPinyin({ ...WORDS });

/** eSpeak's pinyin voice reads these syllables as English; each is spelled so that it does not. */
const RESPELLED: Readonly<Record<string, string>> = {
  m: "en",
  n: "en",
  hm: "heng",
  hng: "heng",
  ng: "eng",
  ê: "ei",
  yo: "you",
  lo: "luo",
  yai: "ya",
  rua: "ru5wa",
};

const words = new Intl.Segmenter("zh", { granularity: "word" });

/**
 * Chinese text as pinyin for eSpeak's `cmn-latn-pinyin`: tone digits 1–5, ü written v, syllables of one word together,
 * words apart. Polyphones are read in the context of the whole text. Characters without a reading are left out.
 */
export const toPinyin = (text: string): string => {
  const readings = pinyin(text, { type: "all", toneType: "num", v: true });
  const chars = Array.from(text);
  const syllables = chars.map((char, at) => {
    const reading = readings[at];
    if (reading === undefined || !reading.isZh || reading.origin !== char) return undefined;
    return espeakSyllable(numeralTone(chars, at, reading.pinyin));
  });
  return spell(text, syllables);
};

/** One syllable from a dictionary ("lü4", "xiong2", "ma0", "ma") the way eSpeak's pinyin voice reads it. */
export const espeakSyllable = (syllable: string): string | undefined => {
  const match = /^([a-zêü:]+)([0-5]?)$/.exec(syllable.toLowerCase());
  if (match === null) return undefined;
  const base = (match[1] ?? "").replace(/u:|ü/g, "v");
  // 0 and no digit both mean the neutral tone, which eSpeak writes 5.
  const tone = match[2] === "" || match[2] === "0" ? "5" : (match[2] ?? "5");
  const respelled = RESPELLED[base];
  if (respelled !== undefined) return `${respelled}${tone}`;
  // The voice has no final -iong: it is said as a short i, then yong, which sounds the same.
  const iong = /^([jqx])iong$/.exec(base);
  if (iong !== null) return `${iong[1]}i5yong${tone}`;
  // After j q x y the dictionary may write v where spelling has u.
  return `${base.replace(/^([jqxy])v/, "$1u")}${tone}`;
};

/** 一 keeps its first tone inside and after numerals, where pinyin-pro would change it: 二零二一年, 十一个. */
const numeralTone = (chars: readonly string[], at: number, reading: string): string => {
  if (chars[at] !== "一") return reading;
  return /[零一二三四五六七八九十点第初幺]/.test(chars[at - 1] ?? "") ? "yi1" : reading;
};

/** Pause marks that eSpeak knows, for the marks of both scripts. */
const MARKS: Readonly<Record<string, string>> = {
  "，": ",",
  "、": ",",
  "：": ",",
  "；": ";",
  "。": ".",
  "！": "!",
  "？": "?",
  "…": ",",
  "—": ",",
  "～": "",
  ",": ",",
  ":": ",",
  ";": ";",
  ".": ".",
  "!": "!",
  "?": "?",
  "\n": ".",
  "(": ",",
  ")": ",",
  "（": ",",
  "）": ",",
};

const spell = (text: string, syllables: readonly (string | undefined)[]): string => {
  let out = "";
  let at = 0;
  for (const { segment } of words.segment(text)) {
    let word = "";
    for (const char of segment) {
      const syllable = syllables[at++];
      if (syllable !== undefined) word += syllable;
      else if (MARKS[char] !== undefined) word = `${word.trimEnd()}${MARKS[char]} `;
    }
    if (word === "") continue;
    const isMark = /^[,;.!?]/.test(word);
    out = isMark ? `${out.trimEnd()}${word}` : `${out}${word} `;
  }
  return out
    .replace(/ {2,}/g, " ")
    .replace(/([,;.!?])[,;.!? ]*([.!?])[,;. ]*/g, "$2 ")
    .replace(/,[, ]+/g, ", ")
    .replace(/^[,;.!? ]+/, "")
    .trim();
};
