/** Sentences about configuration files, for `Problem.message`. */
export interface Words {
  readonly notYaml: (why: string) => string;
  readonly alias: string;
  readonly tooDeep: string;
  readonly unknownKey: (key: string) => string;
  readonly didYouMean: (name: string) => string;
  readonly oneOf: (names: readonly string[]) => string;
  readonly missing: string;
  readonly wrongType: (expected: string, got: string) => string;
  readonly tooSmall: (least: string, unit: string) => string;
  readonly tooBig: (most: string, unit: string) => string;
  readonly type: Readonly<Record<string, string>>;
  readonly length: Readonly<Record<string, string>>;
  readonly secret: string;
  readonly notFound: (what: string, name: string) => string;
  readonly unreadable: (why: string) => string;
  readonly tooLarge: string;
  readonly circle: string;
  readonly tooLong: string;
  readonly twice: (what: string) => string;
  readonly preset: string;
  readonly character: string;
}

export type ConfigLang = "en" | "zh";

const EN: Words = {
  notYaml: (why) => `this is not valid YAML: ${why}`,
  alias: "anchors and aliases (& and *) are not used here; use extends",
  tooDeep: "this is nested too deeply",
  unknownKey: (key) => `there is no setting ${key}`,
  didYouMean: (name) => `Did you mean ${name}?`,
  oneOf: (names) => `Use ${names.length === 1 ? "" : "one of "}${names.join(", ")}.`,
  missing: "is missing",
  wrongType: (expected, got) => `must be ${expected}, not ${got}`,
  tooSmall: (least, unit) => `must be at least ${least}${unit}`,
  tooBig: (most, unit) => `must be at most ${most}${unit}`,
  type: {
    string: "text",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
    object: "a group of settings",
    record: "a group of settings",
    null: "nothing",
    undefined: "nothing",
  },
  length: { string: " characters", array: " entries" },
  secret:
    "looks like a secret; put it into an environment variable and write that variable's name into keyEnv",
  notFound: (what, name) => `there is no ${what} ${name}`,
  unreadable: (why) => `cannot be read: ${why}`,
  tooLarge: "is larger than 256 KiB",
  circle: "extends itself in a circle",
  tooLong: "more than 8 presets extend one another",
  twice: (what) => `${what} is used twice`,
  preset: "preset",
  character: "character",
};

const ZH: Words = {
  notYaml: (why) => `不是有效的 YAML：${why}`,
  alias: "这里不支持锚点和别名（& 和 *），请用 extends",
  tooDeep: "嵌套过深",
  unknownKey: (key) => `没有 ${key} 这个设置项`,
  didYouMean: (name) => `是不是 ${name}？`,
  oneOf: (names) => `可用：${names.join("、")}。`,
  missing: "缺失",
  wrongType: (expected, got) => `应为${expected}，而不是${got}`,
  tooSmall: (least, unit) => `至少为 ${least}${unit}`,
  tooBig: (most, unit) => `至多为 ${most}${unit}`,
  type: {
    string: "文字",
    number: "数字",
    int: "整数",
    boolean: " true 或 false",
    array: "列表",
    object: "一组设置",
    record: "一组设置",
    null: "空",
    undefined: "空",
  },
  length: { string: " 个字符", array: " 项" },
  secret: "像是密钥；请放进环境变量，并把变量名写在 keyEnv 里",
  notFound: (what, name) => `没有${what} ${name}`,
  unreadable: (why) => `无法读取：${why}`,
  tooLarge: "超过 256 KiB",
  circle: "extends 形成了循环",
  tooLong: "extends 超过 8 层",
  twice: (what) => `${what} 重复了`,
  preset: "预设",
  character: "角色",
};

export const configWords = (lang: ConfigLang): Words => (lang === "zh" ? ZH : EN);
