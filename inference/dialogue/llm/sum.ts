/** A sum somebody asked for: its value, or undefined where nobody knows it (a division by zero). */
export interface Sum {
  readonly value: number | undefined;
}

type Token =
  { readonly kind: "number"; readonly value: number } | { readonly kind: "sign"; readonly sign: Sign };
type Sign = "+" | "-" | "*" | "/";

/** Numbers asked about at most; longer sums are not for a puppet's ear. */
const TERMS_MAX = 8;

const WORDS: Readonly<Record<string, number>> = {
  zero: 0,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  thirteen: 13,
  fourteen: 14,
  fifteen: 15,
  sixteen: 16,
  seventeen: 17,
  eighteen: 18,
  nineteen: 19,
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
};
const DIGITS: Readonly<Record<string, number>> = {
  零: 0,
  〇: 0,
  一: 1,
  二: 2,
  两: 2,
  三: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  九: 9,
};
const SCALES: Readonly<Record<string, number>> = { 十: 10, 百: 100, 千: 1_000 };

const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/乘以|乘|multiplied by|times|[x×*](?=\s*\d)/gi, " * "],
  [/除以|÷|divided by|\//gi, " / "],
  [/加上|加|plus|\+/gi, " + "],
  [/减去|减|minus|take away|−|\s-\s/gi, " - "],
];

/** What may stand around a sum without changing it. */
const FRAME =
  /\b(?:what|is|how|much|whats|what's|calculate|compute|equals?|equal|to|please|can|you|tell|me|the|answer|of|so|and|hey|ok)\b|等于|是|多少|几|请问|请|帮我|算一下|算|一下|呢|吗|呀|[=?？。.!！,，:：]+(?=\s|$)/gi;

/** Reads a sum of whole numbers or decimals in English or Mandarin words or figures; undefined where the text is none. */
export const sumIn = (text: string): Sum | undefined => {
  let line = text.normalize("NFKC").slice(0, 300);
  for (const [sign, mark] of SIGNS) line = line.replace(sign, mark);
  // Two hyphens between figures are a date; one is a difference.
  if ((line.match(/\d-(?=\d)/g) ?? []).length === 1) line = line.replace(/(\d)-(\d)/, "$1 - $2");
  const tokens = tokensOf(line.replace(FRAME, " "));
  if (
    tokens === undefined ||
    tokens.length < 3 ||
    tokens.length > 2 * TERMS_MAX - 1 ||
    tokens.length % 2 === 0
  )
    return undefined;
  if (tokens.some((token, index) => (token.kind === "number") !== (index % 2 === 0))) return undefined;
  const value = valueOf(tokens);
  return {
    value: Number.isFinite(value) && Math.abs(value) < 1e12 ? Math.round(value * 100) / 100 : undefined,
  };
};

const tokensOf = (line: string): Token[] | undefined => {
  const tokens: Token[] = [];
  for (const part of line.trim().split(/(\s[+\-*/]\s)/)) {
    const word = part.trim();
    if (word === "") continue;
    if (/^[+\-*/]$/.test(word)) {
      tokens.push({ kind: "sign", sign: word as Sign });
      continue;
    }
    const value = numberOf(word);
    if (value === undefined) return undefined;
    tokens.push({ kind: "number", value });
  }
  return tokens;
};

const numberOf = (text: string): number | undefined => {
  if (/^\d{1,12}(?:,\d{3})*(?:\.\d{1,6})?$/.test(text)) return Number(text.replaceAll(",", ""));
  return /\p{Script=Han}/u.test(text) ? chineseNumber(text) : englishNumber(text);
};

/** "three hundred and twelve"; undefined for anything else. */
const englishNumber = (text: string): number | undefined => {
  let whole = 0;
  let part = 0;
  for (const word of text.toLowerCase().split(/[\s-]+/)) {
    const small = WORDS[word];
    if (small !== undefined) part += small;
    else if (word === "hundred") part = Math.max(1, part) * 100;
    else if (word === "thousand") {
      whole += Math.max(1, part) * 1_000;
      part = 0;
    } else return undefined;
  }
  return whole + part;
};

/** 一百二十三; undefined for anything else. */
const chineseNumber = (text: string): number | undefined => {
  let whole = 0;
  let part = 0;
  let digit = 0;
  for (const character of text.replace(/\s/g, "")) {
    const value = DIGITS[character];
    const scale = SCALES[character];
    if (value !== undefined) digit = value;
    else if (scale !== undefined) {
      part += (digit === 0 ? 1 : digit) * scale;
      digit = 0;
    } else if (character === "万") {
      whole += (part + digit) * 10_000;
      part = 0;
      digit = 0;
    } else return undefined;
  }
  return whole + part + digit;
};

/** Products first, then sums from the left. Numbers and signs alternate. */
const valueOf = (tokens: readonly Token[]): number => {
  const terms: number[] = [];
  let sign: Sign = "+";
  for (const token of tokens) {
    if (token.kind === "sign") {
      sign = token.sign;
      continue;
    }
    if (sign === "+" || sign === "-") terms.push(sign === "+" ? token.value : -token.value);
    else {
      const last = terms.pop() ?? 0;
      terms.push(sign === "*" ? last * token.value : last / token.value);
    }
  }
  return terms.reduce((sum, term) => sum + term, 0);
};
