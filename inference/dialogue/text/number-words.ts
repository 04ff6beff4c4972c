const SMALL = (
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen " +
  "seventeen eighteen nineteen"
).split(" ");
const TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES = ["", " thousand", " million", " billion", " trillion"];
const ORDINALS: Readonly<Record<string, string>> = {
  one: "first",
  two: "second",
  three: "third",
  five: "fifth",
  eight: "eighth",
  nine: "ninth",
  twelve: "twelfth",
};

/** Largest whole number read in words, in both languages; longer ones are read digit by digit. */
export const LARGEST = 999_999_999_999_999;

const belowThousand = (value: number): string => {
  const words: string[] = [];
  if (value >= 100) words.push(`${SMALL[Math.floor(value / 100)]} hundred`);
  const rest = value % 100;
  if (rest >= 20)
    words.push(`${TENS[Math.floor(rest / 10)]}${rest % 10 === 0 ? "" : `-${SMALL[rest % 10]}`}`);
  else if (rest > 0 || value === 0) words.push(SMALL[rest] ?? "");
  return words.join(" ");
};

/** A whole number 0..`LARGEST` in English: 1200 is "one thousand two hundred". */
export const englishNumber = (value: number): string => {
  if (value < 1_000) return belowThousand(value);
  const groups: string[] = [];
  for (let rest = value, scale = 0; rest > 0; rest = Math.floor(rest / 1_000), scale++)
    if (rest % 1_000 > 0) groups.unshift(`${belowThousand(rest % 1_000)}${SCALES[scale] ?? ""}`);
  return groups.join(" ");
};

/** A rank in English: 23 is "twenty-third". */
export const englishOrdinal = (value: number): string =>
  englishNumber(value).replace(/[a-z]+$/, (word) => {
    const irregular = ORDINALS[word];
    if (irregular !== undefined) return irregular;
    return word.endsWith("y") ? `${word.slice(0, -1)}ieth` : `${word}th`;
  });

/** A year in English: 2026 is "twenty twenty-six", 1905 "nineteen oh five", 2000 "two thousand". */
export const englishYear = (year: number): string => {
  const century = Math.floor(year / 100);
  const rest = year % 100;
  if (year % 1_000 < 10) return englishNumber(year);
  if (rest === 0) return `${englishNumber(century)} hundred`;
  return `${englishNumber(century)} ${rest < 10 ? `oh ${SMALL[rest]}` : englishNumber(rest)}`;
};

/** Digits one by one in English. Anything else in `text` is left out. */
export const englishDigits = (text: string): string =>
  Array.from(text)
    .flatMap((digit) => (/\d/.test(digit) ? [SMALL[Number(digit)] ?? ""] : []))
    .join(" ");

const HAN = "零一二三四五六七八九";
const HAN_UNITS = ["", "十", "百", "千"];
const HAN_SCALES = ["", "万", "亿", "万亿"];

/** 1..9999 in Chinese; a group that follows another starts with 零 where it is short. */
const belowTenThousand = (value: number, follows: boolean): string => {
  const digits = String(value).padStart(4, "0");
  let text = "";
  let zero = false;
  for (let at = 0; at < 4; at++) {
    const digit = Number(digits[at]);
    if (digit === 0) {
      zero = text !== "" || follows;
      continue;
    }
    if (zero) text += "零";
    zero = false;
    // 两千 but 二百, 二十: the way both are said most.
    text += `${digit === 2 && at === 0 ? "两" : HAN[digit]}${HAN_UNITS[3 - at]}`;
  }
  return text;
};

/** A whole number 0..`LARGEST` in Chinese: 1200 is 一千二百, 20000 is 两万, 15 is 十五. */
export const chineseNumber = (value: number): string => {
  if (value === 0) return "零";
  const groups: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 10_000)) groups.unshift(rest % 10_000);
  let text = "";
  groups.forEach((group, at) => {
    if (group === 0) return;
    const scale = HAN_SCALES[groups.length - 1 - at] ?? "";
    const words = belowTenThousand(group, text !== "");
    text += `${words === "二" && scale !== "" ? "两" : words}${scale}`;
  });
  return text.replace(/^一十/, "十");
};

/** Digits one by one in Chinese; `spoken` says 幺 for 1, as in telephone numbers. Anything else is left out. */
export const chineseDigits = (text: string, spoken = false): string =>
  Array.from(text, (char) => (/\d/.test(char) ? digitOf(char, spoken) : "")).join("");

const digitOf = (char: string, spoken: boolean): string =>
  spoken && char === "1" ? "幺" : (HAN[Number(char)] ?? "");
