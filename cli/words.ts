import type { Lang } from "../bridge/core/frames.ts";

const EN = {
  about: "Plays a MetaHuman live: it listens, answers, speaks and moves its lips, on one clock.",
  examples: "Examples:",
  version: "print the version",
  help: "print this help",
  json: "print JSON for programs",
  langOption: "language of messages: en or zh",
  url: "address of the running daemon",
  tokenFile: "file that holds the daemon's token",
  puppet: "which puppet; the first one when left out",
  offline: "never fetch anything from the network",

  start: "start the daemon: the page, the links, the puppets",
  startPreset: "preset by name or path",
  startPort: "port of page, links and commands",
  startListen: "be reachable from other machines, on this address (0.0.0.0 when left out); needs a token",
  startToken: "file that holds the token; made when it is not there",
  startLang: "language of ears and greeting, and of messages: en or zh",
  startStdin: "stop when standard input ends, for a parent process",
  say: "let the puppet speak a text",
  sayText: "what to say",
  sayWav: "write the voice into a WAV file instead; needs no daemon",
  transcribe: "write down what is said in a WAV file",
  transcribeFile: "a WAV file, any rate",
  doctor: "check every sense, port and engine, with the fix for what is wrong",
  doctorPreset: "preset to check",
  doctorOnly: "only this group",
  check: "check a preset: every mistake, with its line",
  checkPreset: "preset by name or path",
  models: "models: list, pull, verify",
  modelsList: "list the models of this version and whether they are here",
  modelsPull: "fetch what is missing and verify it",
  modelsVerify: "check the sha256 of every model file",
  modelsId: "a model, or one file of it; all when left out",
  bench: "measure a part of the program on this machine",
  benchName: "which one, or all; they are listed when left out",
  benchRepeat: "how often everything is measured",
  benchClips: "folder of recordings: wav, with json {endOfSpeechMs} and perhaps txt beside each",
  benchNoise: "folder of 16-bit wav recordings without speech",
  licences: "name the licences of the program, its packages and its models",
  engine: "be an engine: take a daemon's frames and sound, and report how they arrive",
  engineHeadless: "without picture and sound",
  engineSeconds: "stop after this many seconds",

  running: (url: string) => `Bunraku is on ${url}`,
  hint: "Open it in a browser. Ctrl-C ends the show.",
  stopping: "Stopping …",
  tokenMade: (file: string) => `A new token is in ${file}`,
  said: (puppet: string) => (puppet === "" ? "Said." : `${puppet} speaks.`),
  wrote: (file: string, seconds: string) => `Wrote ${file}, ${seconds} s`,
  nothingSpeakable: "There is nothing to speak in that text.",
  nothingHeard: "No words were heard.",
  noDaemon: (url: string) =>
    `No daemon answers on ${url}; start one with \`bunraku start\`, or name another with --url.`,
  refused: (url: string) => `The daemon on ${url} asks for its token; give it with --token-file.`,
  sound: (file: string) => `${file} is sound.`,
  problems: (count: number) => (count === 1 ? "1 problem" : `${count} problems`),
  notStarted: (name: string) => `The preset ${name} has to be corrected before it can start:`,
  allGood: "Everything needed is in order.",
  findings: (count: number) =>
    count === 1
      ? "1 check failed; its fix stands beside it."
      : `${count} checks failed; their fixes stand beside them.`,
  badNumber: (name: string, least: number, most: number) =>
    `${name} must be a whole number from ${least} to ${most}.`,
  badLang: "--lang must be en or zh.",
  noToken: (file: string) => `The token file ${file} cannot be read.`,
  loosePermissions: (file: string) =>
    `Other users of this machine can read ${file}; run \`chmod 600\` on it.`,
  noWav: (file: string, why: string) => `${file} is not a WAV file we can read: ${why}`,
  noFile: (file: string) => `There is no file ${file}.`,
  cannotWrite: (file: string) => `${file} cannot be written.`,
  asrMissing: (lang: string) =>
    `No embedded recogniser understands ${lang}; transcribe English, or use a provider.`,
  noBench: (name: string, known: string) => `There is no bench ${name}; there are ${known}.`,
  headlessOnly: "Say --headless: it is the only engine that runs here.",
  unexpected: (why: string) => `Something unexpected happened: ${why}`,
  interrupted: "Interrupted.",
  fix: "fix",
  pulled: "Every model is here and verified.",
  ours: "This program is MIT. eSpeak NG is GPL-3.0-or-later and runs as a process of its own, behind a pipe.",
};

export type CliWords = typeof EN;

const ZH: CliWords = {
  about: "现场驱动 MetaHuman：聆听、回答、说话、对口型，同在一个时钟上。",
  examples: "示例：",
  version: "显示版本",
  help: "显示帮助",
  json: "输出 JSON，供程序使用",
  langOption: "消息语言：en 或 zh",
  url: "正在运行的守护进程的地址",
  tokenFile: "存放守护进程令牌的文件",
  puppet: "哪个木偶；省略时为第一个",
  offline: "绝不从网络下载任何东西",

  start: "启动守护进程：网页、链路、木偶",
  startPreset: "预设的名称或路径",
  startPort: "网页、链路和命令的端口",
  startListen: "允许其他机器访问，监听此地址（省略时为 0.0.0.0）；需要令牌",
  startToken: "存放令牌的文件；不存在时自动生成",
  startLang: "耳朵、问候和消息的语言：en 或 zh",
  startStdin: "标准输入结束时停止，供父进程使用",
  say: "让木偶说一段话",
  sayText: "要说的话",
  sayWav: "把声音写入 WAV 文件；不需要守护进程",
  transcribe: "把 WAV 文件里的话写成文字",
  transcribeFile: "WAV 文件，采样率不限",
  doctor: "检查每个感官、端口和引擎，并给出修复办法",
  doctorPreset: "要检查的预设",
  doctorOnly: "只检查这一组",
  check: "检查预设：列出每个错误及其行号",
  checkPreset: "预设的名称或路径",
  models: "模型：list、pull、verify",
  modelsList: "列出本版本的模型以及本机是否已有",
  modelsPull: "下载缺少的模型并校验",
  modelsVerify: "校验每个模型文件的 sha256",
  modelsId: "某个模型或其中一个文件；省略时为全部",
  bench: "在本机测量程序的某一部分",
  benchName: "测哪一项，或 all；省略时列出全部",
  benchRepeat: "每项测量的次数",
  benchClips: "录音文件夹：每个 wav 旁有 json {endOfSpeechMs}，可另有 txt",
  benchNoise: "没有人声的 16 位 wav 录音文件夹",
  licences: "列出程序、软件包和模型的许可证",
  engine: "充当引擎：接收守护进程的帧和声音，并报告到达情况",
  engineHeadless: "没有画面和声音",
  engineSeconds: "若干秒后停止",

  running: (url) => `Bunraku 已在 ${url} 运行`,
  hint: "用浏览器打开它。按 Ctrl-C 结束演出。",
  stopping: "正在停止……",
  tokenMade: (file) => `新令牌在 ${file}`,
  said: (puppet) => (puppet === "" ? "已开口。" : `${puppet} 开口了。`),
  wrote: (file, seconds) => `已写入 ${file}，${seconds} 秒`,
  nothingSpeakable: "这段文字里没有可以说的内容。",
  nothingHeard: "没有听到话语。",
  noDaemon: (url) => `${url} 上没有守护进程应答；用 \`bunraku start\` 启动一个，或用 --url 指定。`,
  refused: (url) => `${url} 上的守护进程要求令牌；请用 --token-file 给出。`,
  sound: (file) => `${file} 没有问题。`,
  problems: (count) => `${count} 个问题`,
  notStarted: (name) => `预设 ${name} 需要先改正才能启动：`,
  allGood: "所需的一切都已就绪。",
  findings: (count) => `${count} 项检查未通过，修复办法在其旁边。`,
  badNumber: (name, least, most) => `${name} 必须是 ${least} 到 ${most} 的整数。`,
  badLang: "--lang 必须是 en 或 zh。",
  noToken: (file) => `令牌文件 ${file} 无法读取。`,
  loosePermissions: (file) => `本机其他用户可以读取 ${file}；请对它执行 \`chmod 600\`。`,
  noWav: (file, why) => `${file} 不是可读的 WAV 文件：${why}`,
  noFile: (file) => `没有文件 ${file}。`,
  cannotWrite: (file) => `无法写入 ${file}。`,
  asrMissing: (lang) => `没有内置的识别器懂 ${lang}；请转写英语，或使用服务商。`,
  noBench: (name, known) => `没有测试项 ${name}；可用：${known}。`,
  headlessOnly: "请写 --headless：这里只能运行这一种引擎。",
  unexpected: (why) => `发生了意外：${why}`,
  interrupted: "已中断。",
  fix: "修复",
  pulled: "所有模型都已就位并通过校验。",
  ours: "本程序采用 MIT 许可证。eSpeak NG 采用 GPL-3.0-or-later，作为独立进程通过管道运行。",
};

export const cliWords = (lang: Lang): CliWords => (lang === "zh" ? ZH : EN);

/** Language of messages: `--lang`, then BUNRAKU_LANG, then the system's. */
export const messageLang = (
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Lang => {
  const at = argv.findIndex((arg) => arg === "--lang" || arg.startsWith("--lang="));
  const asked = at === -1 ? undefined : (argv[at]?.split("=")[1] ?? argv[at + 1]);
  const set = [asked, env["BUNRAKU_LANG"], env["LC_ALL"], env["LC_MESSAGES"], env["LANG"]];
  return set
    .find((value) => value !== undefined && value !== "")
    ?.toLowerCase()
    .startsWith("zh") === true
    ? "zh"
    : "en";
};
