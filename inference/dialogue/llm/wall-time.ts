import type { Lang } from "../../../bridge/core/frames.ts";

const WEEKDAYS: Readonly<Record<Lang, readonly string[]>> = {
  en: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
  zh: ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
};
const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);

/** Time, date and weekday as one says them. Not `Intl`: its wording changes with the platform's tables. */
export const spokenTime = (at: Date, lang: Lang): { time: string; date: string; weekday: string } => {
  const weekday = WEEKDAYS[lang][at.getDay()] ?? "";
  const [hour, minute] = [at.getHours(), at.getMinutes()];
  if (lang === "zh") {
    const clock = minute === 0 ? `${twelve(hour)}点整` : `${twelve(hour)}点${minute}分`;
    return { time: `${partOfDay(hour)}${clock}`, date: `${at.getMonth() + 1}月${at.getDate()}日`, weekday };
  }
  const clock =
    minute === 0 ? `${twelve(hour)} o'clock` : `${twelve(hour)}:${String(minute).padStart(2, "0")}`;
  return { time: `${clock} ${daytime(hour)}`, date: `${MONTHS[at.getMonth()]} ${at.getDate()}`, weekday };
};

const twelve = (hour: number): number => (hour % 12 === 0 ? 12 : hour % 12);

const daytime = (hour: number): string => {
  if (hour < 12) return "in the morning";
  return hour < 18 ? "in the afternoon" : "in the evening";
};

const partOfDay = (hour: number): string => {
  if (hour < 6) return "凌晨";
  if (hour < 12) return "上午";
  return hour < 18 ? "下午" : "晚上";
};
