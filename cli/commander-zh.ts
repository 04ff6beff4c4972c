import type { Command } from "commander";

/** Commander's own words. What is not listed stays English. */
const TITLES: Readonly<Record<string, string>> = {
  "Usage:": "用法：",
  "Arguments:": "参数：",
  "Options:": "选项：",
  "Commands:": "命令：",
};
const ERRORS: readonly (readonly [RegExp, string])[] = [
  [/^error: unknown command '(.+)'/m, "错误：没有命令 “$1”"],
  [/^error: unknown option '(.+)'/m, "错误：没有选项 “$1”"],
  [/^error: missing required argument '(.+)'/m, "错误：缺少参数 “$1”"],
  [/^error: option '(.+)' argument missing/m, "错误：选项 “$1” 缺少值"],
  [/^error: too many arguments.*$/m, "错误：参数太多"],
  [/^\(Did you mean one of (.+)\?\)/m, "（是不是 $1 之一？）"],
  [/^\(Did you mean (.+)\?\)/m, "（是不是 $1？）"],
];

/** Makes the help and the complaints of a command tree Chinese; commands added later inherit it. */
export const inChinese = (program: Command): Command =>
  program.configureHelp({ styleTitle: (title) => TITLES[title] ?? title }).configureOutput({
    outputError: (text, write) =>
      write(ERRORS.reduce((all, [pattern, words]) => all.replace(pattern, words), text)),
  });
