import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { ENV_OVERRIDES } from "../../../configs/env-overrides.ts";
import { CHARACTERS, namesOn, PRESETS } from "../../../configs/files.ts";
import { loadPreset } from "../../../configs/load.ts";
import { problemLine } from "../../../configs/problem.ts";

let folder = "";
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "presets-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = async (name: string, text: string): Promise<string> => {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
};

/** Problems as `line path message`, without the folder. */
const found = (file: string, lang: "en" | "zh" = "en") =>
  loadPreset(file, { lang }).problems.map(({ line, path, message, suggestion }) =>
    `${line} ${path}: ${message} ${suggestion}`.trim(),
  );

// Only a preset of its own puppets needs no character file.
const MINIMAL = "version: 1\nextends: default\n";

describe("a preset with mistakes", () => {
  test("is told of all of them at once, each with its line and what was meant", async () => {
    const file = await write(
      "five.yaml",
      [
        "version: 1",
        "extends: default",
        "lnag: zh",
        "listen:",
        "  port: 99999",
        "  host: 127.0.0.1",
        "llm:",
        "  provider: opneai",
        "puppets:",
        "  - id: Chanter!",
        "    sead: 3",
        "log: { level: loud }",
        "",
      ].join("\n"),
    );
    expect(found(file)).toEqual([
      "3 lnag: there is no setting lnag Did you mean lang?",
      "5 listen.port: must be at most 65535",
      "8 llm.provider: must be script / openai, not opneai Did you mean openai?",
      "10 puppets[0].id: must be lower-case letters, digits, - and _, 64 at most",
      "11 puppets[0].sead: there is no setting sead Did you mean seed?",
      "12 log.level: must be debug / info / warn / error, not loud Use one of debug, info, warn, error.",
    ]);
  });

  test("is told so in Chinese, too", async () => {
    const file = await write("zh.yaml", `${MINIMAL}lnag: zh\nlisten: { port: many }\n`);
    expect(found(file, "zh")).toEqual([
      "3 lnag: 没有 lnag 这个设置项 是不是 lang？",
      "4 listen.port: 应为数字，而不是文字",
    ]);
  });

  test("prints as file, line, column, path and sentence", async () => {
    const file = await write("one.yaml", `${MINIMAL}listen:\n  port: many\n`);
    const [problem] = loadPreset(file).problems;
    expect(problem && problemLine(problem)).toBe(`${file}:4:9 listen.port: must be a number, not text`);
  });

  test("in broken YAML points to the place", async () => {
    expect(found(await write("broken.yaml", "version: 1\nlisten: { port: 7311\nlang: en\n"))[0]).toMatch(
      /^3 : this is not valid YAML/,
    );
    expect(found(await write("twice.yaml", "version: 1\nlang: en\nlang: zh\n"))[0]).toMatch(
      /^3 : this is not valid YAML.*unique/,
    );
  });

  test("that leaves out what is needed says what", async () => {
    expect(found(await write("empty.yaml", ""))).toEqual(["1 : is missing"]);
    const missing = found(await write("bare.yaml", "version: 1\n"));
    expect(missing).toEqual(
      ["1 puppets: is missing", "1 asr: is missing", "1 llm: is missing", "1 tts: is missing"].map((line) =>
        expect.stringContaining(line),
      ),
    );
  });

  test("of another version is refused", async () => {
    expect(found(await write("new.yaml", "version: 2\nextends: default\n"))).toEqual([
      "1 version: must be 1, not 2 Use 1.",
    ]);
  });

  test("with puppets of the same name is refused", async () => {
    const file = await write(
      "twins.yaml",
      `${MINIMAL}puppets:\n  - { id: a }\n  - { id: a, subject: Other }\n`,
    );
    expect(found(file)).toContain("5 puppets[1].id: a is used twice");
  });

  test("that names an unknown character says which there are", async () => {
    const file = await write("cast.yaml", `${MINIMAL}puppets:\n  - id: a\n    character: hamlet\n`);
    expect(found(file)[0]).toMatch(/^5 puppets\[0\]\.character: there is no character hamlet/);
  });
});

describe("a secret in a preset", () => {
  test.each([
    ["llm:\n  provider: openai\n  model: m\n  apiKey: abc123", "llm.apiKey"],
    ["llm:\n  provider: openai\n  model: m\n  keyEnv: sk-proj-Abcdefghijklmnop1234567890", "llm.keyEnv"],
    ["llm:\n  provider: openai\n  model: sk-proj-Abcdefghijklmnop1234567890", "llm.model"],
    [
      "llm:\n  provider: openai\n  model: m\n  extra: { authorization: Bearer xyz }",
      "llm.extra.authorization",
    ],
  ])("%# is refused once, and never repeated", async (yaml, path) => {
    const file = await write("secret.yaml", `${MINIMAL}${yaml}\n`);
    const { problems } = loadPreset(file);
    expect(problems.map((problem) => problem.path)).toEqual([path]);
    expect(problems[0]?.message).toContain("environment variable");
    expect(JSON.stringify(problems)).not.toMatch(/abc123|Abcdef|xyz/);
  });

  test("is not suspected in ordinary names", async () => {
    const file = await write(
      "fine.yaml",
      `${MINIMAL}llm:\n  provider: openai\n  model: qwen2.5-coder-32b-instruct-q4_K_M\n  keyEnv: MY_KEY\n`,
    );
    expect(loadPreset(file).problems.filter(({ path }) => path.startsWith("llm"))).toEqual([]);
  });
});

describe("extends", () => {
  test("lays one preset over another, key by key", async () => {
    await write("base.yaml", "version: 1\nextends: default\nlisten: { port: 8000, hosts: [a.local] }\n");
    const file = await write("top.yaml", "version: 1\nextends: ./base.yaml\nlisten: { port: 9000 }\n");
    const { preset, files } = loadPreset(file);
    expect(files).toHaveLength(3);
    expect(preset?.listen).toEqual({ host: "127.0.0.1", port: 9_000, hosts: ["a.local"] });
  });

  test("points into the file that has the mistake", async () => {
    await write("base.yaml", "version: 1\nextends: default\nlisten:\n  prot: 8000\n");
    const file = await write(
      "top.yaml",
      "version: 1\nextends: ./base.yaml\n\n\nlisten: { host: 127.0.0.1 }\n",
    );
    const [problem] = loadPreset(file).problems;
    expect(problem).toMatchObject({ line: 4, column: 3, path: "listen.prot" });
    expect(problem?.file).toMatch(/base\.yaml$/);
  });

  test("does not let options of another provider shine through", async () => {
    await write("base.yaml", "version: 1\nextends: default\ntts: { provider: espeak, rate: 200 }\n");
    const file = await write("top.yaml", "version: 1\nextends: ./base.yaml\ntts: { provider: openai }\n");
    expect(loadPreset(file).problems).toEqual([]);
  });

  test("of nothing, of itself and of too many is a problem, not a crash", async () => {
    const absent = found(await write("absent.yaml", "version: 1\nextends: defualt\n"));
    expect(absent).toEqual(["2 extends: there is no preset defualt Did you mean default?"]);
    expect(found(await write("self.yaml", "version: 1\nextends: ./self.yaml\n"))).toEqual([
      "2 extends: extends itself in a circle",
    ]);
    for (let n = 0; n < 9; n++) await write(`${n}.yaml`, `version: 1\nextends: ./${n + 1}.yaml\n`);
    expect(found(join(folder, "0.yaml"))).toEqual(["2 extends: more than 8 presets extend one another"]);
  });
});

describe("the environment", () => {
  test("goes before the preset", () => {
    const env = {
      BUNRAKU_PORT: "8123",
      BUNRAKU_LANG: "zh",
      BUNRAKU_LIVE_LINK: "1",
      BUNRAKU_LIVE_LINK_HOST: "10.0.0.7",
      BUNRAKU_LOG_LEVEL: "",
    };
    expect(loadPreset("default", { env }).preset).toMatchObject({
      lang: "zh",
      listen: { port: 8_123 },
      log: { level: "info" },
      engines: { liveLink: { enabled: true, host: "10.0.0.7", port: 11_111 } },
    });
  });

  test("is named where it is wrong", () => {
    const [problem] = loadPreset("default", { env: { BUNRAKU_PORT: "many" } }).problems;
    expect(problem && problemLine(problem)).toBe(
      "environment BUNRAKU_PORT listen.port: must be a number, not text",
    );
  });

  test("gives OpenAI-compatible senses their address where the preset names none", async () => {
    const env = { OPENAI_BASE_URL: "http://127.0.0.1:9999/v1" };
    expect(loadPreset("cloud", { env }).preset).toMatchObject({
      llm: { baseUrl: env.OPENAI_BASE_URL },
      tts: { baseUrl: env.OPENAI_BASE_URL },
    });
    expect(loadPreset("local", { env }).preset).toMatchObject({
      llm: { baseUrl: "http://127.0.0.1:11434/v1" },
    });
  });

  test("overrides settings that exist, each of them", () => {
    for (const { name, kind } of ENV_OVERRIDES) {
      const value = { text: "en", number: "7000", boolean: "true" }[kind];
      const problems = loadPreset("default", { env: { [name]: value } }).problems.filter(({ message }) =>
        message.includes("no setting"),
      );
      expect(problems).toEqual([]);
    }
  });
});

describe("the files that come with the program", () => {
  test.each(namesOn(PRESETS))("preset %s is sound", (name) => {
    const { preset, characters, problems } = loadPreset(name);
    expect(problems.map(problemLine)).toEqual([]);
    for (const { character } of preset?.puppets ?? []) expect(characters.has(character)).toBe(true);
  });

  test("there are the four presets and a character", () => {
    expect(namesOn(PRESETS)).toEqual(expect.arrayContaining(["cloud", "default", "local", "zh"]));
    expect(namesOn(CHARACTERS)).toContain("default");
  });

  test("an unknown preset is answered with the near one, or all", () => {
    expect(loadPreset("locl").problems[0]).toMatchObject({
      message: "there is no preset locl",
      suggestion: "Did you mean local?",
    });
    expect(loadPreset("xyzzy").problems[0]?.suggestion).toMatch(/^Use one of cloud, default/);
  });
});

describe("hostile files", () => {
  test("with aliases, deep nesting or a polluting key are refused", async () => {
    expect(found(await write("alias.yaml", "a: &a [1]\nb: *a\n"))[0]).toMatch(/^2 : anchors and aliases/);
    expect(found(await write("deep.yaml", `a: ${"[".repeat(100)}${"]".repeat(100)}\n`))[0]).toMatch(
      /nested too deeply/,
    );
    expect(found(await write("proto.yaml", `${MINIMAL}__proto__: { polluted: 1 }\n`))).toContain(
      "3 __proto__: there is no setting __proto__",
    );
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(found(await write("big.yaml", "#".repeat(300_000)))[0]).toContain("larger than 256 KiB");
  });

  test("never make the loader throw", async () => {
    const words = fc.constantFrom(
      "version: 1",
      "extends: default",
      "puppets:",
      "  - id: a",
      "asr: {",
      "}",
      "- x",
      "? a",
      ": b",
      "'",
      "tts: { provider: espeak }",
      "\t",
      "!!js x",
      "&a",
      "*a",
      "---",
      "lang: [1]",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(words, fc.string())), async (lines) => {
        const { preset, problems } = loadPreset(await write("random.yaml", lines.join("\n")));
        expect(preset === undefined).toBe(problems.length > 0);
      }),
      { numRuns: 200 },
    );
  });
});
