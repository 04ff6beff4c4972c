import { englishDigits, englishNumber, englishOrdinal, englishYear, LARGEST } from "./number-words.ts";

const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);

/** Unit sign → one, many. Signs of one letter count only when they touch the number ("5g", not "5 g"). */
const UNITS: Readonly<Record<string, readonly [string, string]>> = {
  kg: ["kilogram", "kilograms"],
  g: ["gram", "grams"],
  mg: ["milligram", "milligrams"],
  lb: ["pound", "pounds"],
  lbs: ["pound", "pounds"],
  oz: ["ounce", "ounces"],
  km: ["kilometer", "kilometers"],
  m: ["meter", "meters"],
  cm: ["centimeter", "centimeters"],
  mm: ["millimeter", "millimeters"],
  ft: ["foot", "feet"],
  mi: ["mile", "miles"],
  "km/h": ["kilometer an hour", "kilometers an hour"],
  "m/s": ["meter a second", "meters a second"],
  mph: ["mile an hour", "miles an hour"],
  ml: ["milliliter", "milliliters"],
  l: ["liter", "liters"],
  L: ["liter", "liters"],
  s: ["second", "seconds"],
  ms: ["millisecond", "milliseconds"],
  h: ["hour", "hours"],
  min: ["minute", "minutes"],
  hrs: ["hour", "hours"],
  hr: ["hour", "hours"],
  "°C": ["degree Celsius", "degrees Celsius"],
  "℃": ["degree Celsius", "degrees Celsius"],
  "°F": ["degree Fahrenheit", "degrees Fahrenheit"],
  "°": ["degree", "degrees"],
  KB: ["kilobyte", "kilobytes"],
  MB: ["megabyte", "megabytes"],
  GB: ["gigabyte", "gigabytes"],
  TB: ["terabyte", "terabytes"],
  Hz: ["hertz", "hertz"],
  kHz: ["kilohertz", "kilohertz"],
  MHz: ["megahertz", "megahertz"],
  GHz: ["gigahertz", "gigahertz"],
  W: ["watt", "watts"],
  kW: ["kilowatt", "kilowatts"],
  V: ["volt", "volts"],
  fps: ["frame a second", "frames a second"],
};
const MONEY: Readonly<Record<string, readonly [string, string, string, string]>> = {
  $: ["dollar", "dollars", "cent", "cents"],
  "€": ["euro", "euros", "cent", "cents"],
  "£": ["pound", "pounds", "penny", "pence"],
  "¥": ["yuan", "yuan", "fen", "fen"],
  "￥": ["yuan", "yuan", "fen", "fen"],
};
const SCALES: Readonly<Record<string, string>> = {
  k: "thousand",
  K: "thousand",
  M: "million",
  B: "billion",
  bn: "billion",
};
const SHORT: readonly (readonly [RegExp, string])[] = [
  [/\be\.g\.,?/gi, "for example,"],
  [/\bi\.e\.,?/gi, "that is,"],
  [/\betc\./gi, "et cetera"],
  [/\bvs\.?(?=\s)/gi, "versus"],
  [/\bMr\./g, "Mister"],
  [/\bMrs\./g, "Missus"],
  [/\bDr\.(?=\s[A-Z])/g, "Doctor"],
  [/\bProf\./g, "Professor"],
  [/\bapprox\./gi, "approximately"],
  [/\bNo\.\s?(?=\d)/g, "number "],
];

const UNIT_PATTERN = Object.keys(UNITS)
  .sort((a, b) => b.length - a.length)
  .map((sign) => (sign.length === 1 && /[a-z]/i.test(sign) ? sign : `\\s?${sign}`))
  .join("|");
const NUMBER = String.raw`\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?`;

/** English text with every number, price, date, time and unit written out as it is said. */
export const readEnglish = (text: string): string => {
  let out = text;
  for (const [short, long] of SHORT) out = out.replace(short, long);
  return out
    .replace(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, (mail) => mail.replace("@", " at ").replaceAll(".", " dot "))
    .replace(/\b[a-z][\w-]*(?:\.[a-z][\w-]+)*\.(?:com|org|net|io|ai|cn|dev|app|tv|co|edu|gov)\b/gi, (host) =>
      host.replaceAll(".", " dot "),
    )
    .replace(/\b(\d{4})-(\d{1,2})-(\d{1,2})\b/g, (whole, year: string, month: string, day: string) => {
      const name = MONTHS[Number(month) - 1];
      return name === undefined
        ? whole
        : `${name} ${englishOrdinal(Number(day))}, ${englishYear(Number(year))}`;
    })
    .replace(/\b([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?(?!\d)/g, (_, hour: string, minute: string) =>
      clockTime(hour, minute),
    )
    .replace(/(?<![\d.])\+?\d[\d-]*(?:[ -]\d{3,4}){1,4}(?![\d,.]\d)/g, (whole) =>
      isPhone(whole) ? phone(whole) : whole,
    )
    .replace(
      new RegExp(`([$€£¥￥])\\s?(${NUMBER})(?:\\s?(million|billion|trillion)|(k|K|M|B|bn))?\\b`, "g"),
      price,
    )
    .replace(new RegExp(`(${NUMBER})\\s?%`, "g"), (_, value: string) => `${amount(value)} percent`)
    .replace(/(\d[\d,.]*)\s?[–—-]\s?(?=[$€£]?\d)/g, "$1 to ")
    .replace(/(^|[\s(])[-−](?=\d)/g, "$1minus ")
    .replace(/#(?=\d)/g, "number ")
    .replace(/\b(\d+)(?:st|nd|rd|th)\b/g, (_, value: string) => englishOrdinal(Number(value)))
    .replace(
      new RegExp(`(?<![\\w.])(${NUMBER})(${UNIT_PATTERN})(?![\\w])`, "g"),
      (_, value: string, sign: string) => {
        const [one, many] = UNITS[sign.trim()] ?? ["", ""];
        return `${amount(value)} ${value === "1" ? one : many}`;
      },
    )
    .replace(/(?<![\d/.])(1\/2|1\/4|3\/4|1\/3|2\/3)(?![\d/])/g, (fraction) => FRACTIONS[fraction] ?? fraction)
    .replace(new RegExp(`(?<![\\p{L}\\d])(?:${NUMBER})(?:\\.\\d+)*`, "gu"), bareNumber)
    .replace(/\s&\s|&/g, " and ")
    .replace(/(?<=\s)\+(?=\s)/g, "plus")
    .replace(/(?<=\s)=(?=\s)/g, "equals")
    .replace(/(?<=\s)[×*](?=\s)/g, "times")
    .replace(/~(?=\s?[a-z])/gi, "about ")
    .replace(/ {2,}/g, " ");
};

const FRACTIONS: Readonly<Record<string, string>> = {
  "1/2": "one half",
  "1/4": "one quarter",
  "3/4": "three quarters",
  "1/3": "one third",
  "2/3": "two thirds",
};

const price = (
  _: string,
  sign: string,
  value: string,
  scale: string | undefined,
  short: string | undefined,
): string => {
  const [one, many, cent, cents] = MONEY[sign] ?? ["", "", "", ""];
  const big = scale ?? (short === undefined ? undefined : SCALES[short]);
  if (big !== undefined) return `${amount(value)} ${big} ${many}`;
  const [whole = "0", part = ""] = value.replaceAll(",", "").split(".");
  if (part.length > 2) return `${amount(value)} ${many}`;
  const small = Number(part.padEnd(2, "0"));
  const main = Number(whole);
  const coins = `${englishNumber(small)} ${small === 1 ? cent : cents}`;
  if (main === 0 && small > 0) return coins;
  const notes = `${amount(whole)} ${main === 1 ? one : many}`;
  return small === 0 ? notes : `${notes} and ${coins}`;
};

const clockTime = (hour: string, minute: string): string => {
  const hours = englishNumber(Number(hour));
  if (minute === "00")
    return Number(hour) > 12 || hour === "0" || hour === "00" ? `${hours} hundred` : `${hours} o'clock`;
  return `${hours} ${minute.startsWith("0") ? `oh ${englishNumber(Number(minute))}` : englishNumber(Number(minute))}`;
};

const isPhone = (text: string): boolean => text.replace(/\D/g, "").length >= 7 && /^\+|[- ]/.test(text);
const phone = (text: string): string =>
  `${text.startsWith("+") ? "plus " : ""}${text.split(/[ -]/).map(englishDigits).join(", ")}`;

/** A number with grouping and decimals in words. */
const amount = (value: string): string => {
  const [whole = "0", part] = value.replaceAll(",", "").split(".");
  const main =
    whole.length > 15 || Number(whole) > LARGEST ? englishDigits(whole) : englishNumber(Number(whole));
  return part === undefined ? main : `${main} point ${englishDigits(part)}`;
};

const bareNumber = (value: string): string => {
  if (/^\d+(?:\.\d+){2,}$/.test(value))
    return value
      .split(".")
      .map((part) => englishNumber(Number(part)))
      .join(" point ");
  // No grouping and this long, or a leading zero: a code, a card, a telephone. Nobody says them as one number.
  if (/^\d{8,}$/.test(value) || /^0\d/.test(value)) return englishDigits(value);
  if (/^(?:1[1-9]|20)\d\d$/.test(value)) return englishYear(Number(value));
  return amount(value);
};
