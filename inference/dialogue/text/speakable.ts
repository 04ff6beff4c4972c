/** Longest inline tag, characters between its brackets. */
export const TAG_LENGTH = 40;

/** First words of stage directions that models write between asterisks or parentheses; inflections are matched. */
const ENGLISH_ACTS =
  "laugh|chuckl|giggl|smil|smirk|grin|sigh|nod|wav|wink|shrug|gasp|clap|bow|blush|paus|cough|whisper|frown|pout|" +
  "yawn|hum|danc|sob|cries|crying|tilt|lean|clear|shak|rais|roll|point|think|blink|beam|gestur";
const CHINESE_ACTS =
  "微笑|大笑|轻笑|偷笑|苦笑|笑|叹气|点头|摇头|挥手|眨眼|鼓掌|鞠躬|耸肩|歪头|沉默|停顿|思考|咳嗽|害羞|脸红|惊讶|拍手|比心";
const ACT = `(?:(?:${ENGLISH_ACTS})[a-z]*(?:\\s[a-z' ]{0,30})?|(?:${CHINESE_ACTS})[\\p{Script=Han}]{0,6})`;
const ACTS: readonly RegExp[] = [
  new RegExp(`(?<!\\*)\\*\\s?${ACT}[.!]?\\s?\\*(?!\\*)`, "giu"),
  new RegExp(`[(（]\\s?${ACT}[.!]?\\s?[)）]`, "giu"),
  new RegExp(`【\\s?${ACT}\\s?】`, "giu"),
];

/** What a viewer reads of a clause: without inline tags, stage directions and Markdown marks. Emoji and links stay. */
export const displayText = (clause: string): string => {
  let text = clause
    .replace(/!?\[([^\]\n]{0,200})\]\((?:[^()\s]|\([^()\s]*\)){1,500}\)/g, "$1")
    .replace(new RegExp(`\\[[^\\[\\]\\n]{0,${TAG_LENGTH}}\\]`, "g"), "");
  for (const act of ACTS) text = text.replace(act, "");
  return text
    .replace(/^[ \t]*(?:#{1,6}|>|[-*+•])[ \t]+/gm, "")
    .replace(/^[ \t]*(?:[-=_*]{3,}|```\w*)[ \t]*$/gm, "")
    .replace(/\*\*|__|~~|```|`/g, "")
    .replace(/(^|[^\p{L}\p{N}*])\*(?=\S)|(?<=\S)\*(?=[^\p{L}\p{N}*]|$)/gu, "$1")
    .replace(/[ \t]{2,}/g, " ")
    .replace(/(?<=\S)[ \t]+(?=[,.!?;:，。！？；：](?:\s|$))/g, "");
};

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};
const URL_LIKE = /\b(?:https?:\/\/|www\.)([^\s/?#，。！？；、（）"'<>]+)[^\s，。！？；、（）"<>]*/giu;

/** `display` without what no voice can say: emoji, emoticons, markup, control characters. A link is left as its host. */
export const spokenText = (display: string): string =>
  display
    .replace(
      URL_LIKE,
      (whole: string, host: string) => host.replace(/^www\./i, "") + (/[.,!?]$/.exec(whole)?.[0] ?? ""),
    )
    .replace(/<\/?[a-z][^<>\n]{0,100}>/gi, " ")
    .replace(/&(amp|lt|gt|quot|apos|nbsp);/g, (_, name: string) => ENTITIES[name] ?? " ")
    .replace(
      /(^|\s)(?:[:;=8xX][-^']?[()[\]DPpOo3/\\|]+|\^[_.-]?\^|[Tt]_[Tt]|>_<|<3|-_-)(?=$|[\s,.!?，。！？])/g,
      "$1",
    )
    .replace(/[\u{FF10}-\u{FF19}\u{FF21}-\u{FF3A}\u{FF41}-\u{FF5A}％＄￥＋－＝／＆＠]/gu, (char) =>
      char.normalize("NFKC"),
    )
    .replace(
      /\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u{200B}-\u{200F}\u{2028}-\u{202E}\u{2060}-\u{2064}]/gu,
      "",
    )
    .replace(
      /\p{Extended_Pictographic}|[\u{FE00}-\u{FE0F}\u{20E3}\u{FEFF}\u{FFFD}]|[\u{E0020}-\u{E007F}]/gu,
      " ",
    )
    .replace(/[\p{Cs}\p{Co}\p{Cn}]/gu, "")
    .replace(/[^\P{Cc}\n\t]/gu, "")
    .replace(/[ \t]+/g, " ")
    .replace(/(?<=\S) (?=[,.!?;:，。！？；：](?:\s|$))/g, "")
    .trim();

/** True where a voice has something to say: a Chinese character, a Latin letter or a digit. */
export const isSpeakable = (text: string): boolean => /[\p{Script=Han}\p{Script=Latin}\p{Nd}]/u.test(text);
