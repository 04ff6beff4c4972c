import { chineseDigits, chineseNumber, LARGEST } from "./number-words.ts";

/** Unit sign after a number → how it is said. */
const UNITS: Readonly<Record<string, string>> = {
  kg: "公斤",
  g: "克",
  mg: "毫克",
  km: "公里",
  m: "米",
  cm: "厘米",
  mm: "毫米",
  ml: "毫升",
  mL: "毫升",
  L: "升",
  l: "升",
  "km/h": "公里每小时",
  "m/s": "米每秒",
  "°C": "摄氏度",
  "℃": "摄氏度",
  "°F": "华氏度",
  "°": "度",
  "㎡": "平方米",
  "m²": "平方米",
  "m³": "立方米",
  h: "小时",
  min: "分钟",
  s: "秒",
  ms: "毫秒",
  W: "瓦",
  kW: "千瓦",
  V: "伏",
  Hz: "赫兹",
  kHz: "千赫兹",
  MHz: "兆赫兹",
  GHz: "吉赫兹",
};
const MONEY: Readonly<Record<string, string>> = {
  "¥": "元",
  "￥": "元",
  $: "美元",
  "€": "欧元",
  "£": "英镑",
};
/** Measure words before which 2 is 两. */
const MEASURES =
  "个只条件块元斤公斤克米公里本次天年张台辆位名份套瓶杯包袋盒双对种支把间家层遍场口顿小时分钟秒周岁倍百千万亿";
const UNIT_PATTERN = Object.keys(UNITS)
  .sort((a, b) => b.length - a.length)
  .map((sign) => sign.replace(/[/.]/g, "\\$&"))
  .join("|");
const NUMBER = String.raw`\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?`;

/** Chinese text with every number, price, date, time and unit written out as it is said. */
export const readChinese = (text: string): string =>
  text
    .replace(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, (mail) => mail.replace("@", " at ").replaceAll(".", " dot "))
    .replace(/\b[a-z][\w-]*(?:\.[a-z][\w-]+)*\.(?:com|org|net|io|ai|cn|dev|app|tv|co|edu|gov)\b/gi, (host) =>
      host.replaceAll(".", " dot "),
    )
    .replace(
      /(?<!\d)(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)/g,
      (_, year: string, month: string, day: string) =>
        `${chineseDigits(year)}年${chineseNumber(Number(month))}月${chineseNumber(Number(day))}日`,
    )
    .replace(/(?<!\d)(\d{4})(?=\s?年)/g, (year) => chineseDigits(year))
    .replace(/(?<!\d)([01]?\d|2[0-3])[:：]([0-5]\d)(?:[:：]([0-5]\d))?(?!\d)/g, clockTime)
    .replace(new RegExp(`([¥￥$€£])\\s?(${NUMBER})\\s?([万亿])?(?:元|块钱|块|人民币)?`, "g"), price)
    .replace(new RegExp(`(${NUMBER})\\s?(?:RMB|CNY)\\b`, "gi"), (_, value: string) => `${amount(value)}元`)
    .replace(/(\d)\s?%?\s?[-~～—–]{1,2}\s?(?=\d+(?:\.\d+)?\s?%)/g, "$1%到")
    .replace(
      new RegExp(`(-?)(${NUMBER})\\s?%`, "g"),
      (_, minus: string, value: string) => `百分之${minus === "" ? "" : "负"}${amount(value)}`,
    )
    .replace(new RegExp(`(${NUMBER})\\s?‰`, "g"), (_, value: string) => `千分之${amount(value)}`)
    .replace(/(?<![\d.])\+?\d[\d-]*\d(?![\d.])(?!\s?[元块个人件名位万亿])/g, (whole) =>
      isCode(whole) ? chineseDigits(whole, true) : whole,
    )
    .replace(
      /(?<![\d/])(\d{1,3})\/(\d{1,3})(?![\d/])/g,
      (_, top: string, bottom: string) => `${chineseNumber(Number(bottom))}分之${chineseNumber(Number(top))}`,
    )
    .replace(/(\d)\s?[:：]\s?(?=\d)/g, "$1比")
    .replace(/(\d[\p{Script=Han}℃%]?)\s?[-~～—–]{1,2}\s?(?=\d)/gu, "$1到")
    .replace(/(^|[^A-Za-z\d])[-−](?=\d)/g, "$1负")
    .replace(
      new RegExp(`(?<![A-Za-z])(${NUMBER})\\s?(${UNIT_PATTERN})(?![A-Za-z])`, "g"),
      (_, value: string, sign: string) => `${value === "2" ? "两" : amount(value)}${UNITS[sign] ?? ""}`,
    )
    .replace(new RegExp(`(?<![\\d.第初])2(?=\\s?[${MEASURES}])(?!\\s?月)`, "g"), "两")
    .replace(new RegExp(NUMBER, "g"), (value) => (/^0\d/.test(value) ? chineseDigits(value) : amount(value)))
    .replace(/\s?&\s?/g, "和")
    .replace(/\s?\+\s?(?=\p{Script=Han})/gu, "加")
    .replace(/\s?=\s?/g, "等于")
    .replace(/\s?×\s?/g, "乘");

const price = (_: string, sign: string, value: string, scale: string | undefined): string => {
  const unit = MONEY[sign] ?? "元";
  if (scale !== undefined) return `${amount(value)}${scale}${unit}`;
  const [whole = "0", part = ""] = value.replaceAll(",", "").split(".");
  const coins = part.replace(/0+$/, "");
  if (coins === "") return `${whole === "2" ? "两" : amount(whole)}${unit}`;
  // 十二块五, 九块九: how a price is called out. Two decimals are read as a number.
  if (unit !== "元" || coins.length > 1) return `${amount(`${whole}.${coins}`)}${unit}`;
  if (whole === "0") return `${chineseNumber(Number(coins))}毛`.replace("二毛", "两毛");
  return `${whole === "2" ? "两" : amount(whole)}块${chineseNumber(Number(coins))}`;
};

const clockTime = (_: string, hour: string, minute: string, second: string | undefined): string => {
  const hours = Number(hour) === 2 ? "两" : chineseNumber(Number(hour));
  const minutes = Number(minute);
  const seconds = second === undefined ? "" : `${chineseNumber(Number(second))}秒`;
  if (minutes === 0) return seconds === "" ? `${hours}点` : `${hours}点零分${seconds}`;
  if (minutes === 30 && seconds === "") return `${hours}点半`;
  return `${hours}点${minutes < 10 ? "零" : ""}${chineseNumber(minutes)}分${seconds}`;
};

/** A telephone, order or card number: seven digits or more that are not round, or groups of digits with dashes. */
const isCode = (text: string): boolean => {
  const digits = text.replace(/\D/g, "");
  if (digits.length < 7) return false;
  return text.includes("-") || text.startsWith("+") || digits.startsWith("0") || !/0{3,}$/.test(digits);
};

const amount = (value: string): string => {
  const [whole = "0", part] = value.replaceAll(",", "").split(".");
  const main =
    whole.length > 15 || Number(whole) > LARGEST ? chineseDigits(whole) : chineseNumber(Number(whole));
  return part === undefined ? main : `${main}点${chineseDigits(part)}`;
};
