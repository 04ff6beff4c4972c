import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SystemClock } from "../../../bridge/core/time.ts";
import { silentLog } from "../../../bridge/core/log.ts";
import { Metrics } from "../../../bridge/core/metrics.ts";
import { createListener, type Listener } from "../../../bridge/server/listener.ts";
import { puppetRoutes } from "../../../bridge/server/routes.ts";
import { createToken } from "../../../bridge/server/token.ts";
import type { Surroundings } from "../../../cli/kit.ts";
import { main } from "../../../cli/main.ts";
import { messageLang } from "../../../cli/words.ts";

let folder = "";
let undo: (() => Promise<unknown>)[] = [];
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "cli-"))));
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
  await rm(folder, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Watched {
  readonly stop?: AbortSignal;
  readonly terminal?: boolean;
  /** Told of standard output as it grows. */
  readonly seen?: (out: string) => void;
}

const run = async (
  argv: readonly string[],
  env: Record<string, string> = {},
  { stop, terminal = false, seen }: Watched = {},
): Promise<Ran> => {
  let [out, err] = ["", ""];
  const surroundings: Surroundings = {
    env: { BUNRAKU_CACHE: folder, ...env },
    platform: process.platform,
    home: folder,
    node: process.execPath,
    clock: new SystemClock(),
    terminal,
    out: (text) => {
      out += text;
      seen?.(out);
    },
    err: (text) => void (err += text),
    stop: stop ?? new AbortController().signal,
    stopWithInput: () => undefined,
  };
  const code = await main(argv, surroundings);
  return { code, out, err };
};

const said: string[] = [];
const daemon = async (token?: string): Promise<Listener> => {
  said.length = 0;
  const commands = {
    say: async (_puppet: unknown, text: string) => ({ turn: said.push(text) }),
    ask: async () => ({}),
    interrupt: async () => ({}),
  };
  const listener = await createListener({
    host: "127.0.0.1",
    port: 0,
    listen: false,
    token,
    allowedHosts: [],
    assets: folder,
    clock: new SystemClock(),
    log: silentLog,
    metrics: new Metrics(),
    status: () => ({}),
    routes: puppetRoutes(commands),
    onLink: () => undefined,
  });
  undo.push(() => listener.close());
  return listener;
};

describe("the command line", () => {
  test("without a command shows what there is, and counts as misuse", async () => {
    const { code, out, err } = await run([]);
    expect(code).toBe(2);
    expect(out).toBe("");
    for (const name of [
      "start",
      "say",
      "transcribe",
      "doctor",
      "check",
      "models",
      "bench",
      "licences",
      "engine",
    ])
      expect(err).toContain(`  ${name}`);
  });

  test("prints its version", async () => {
    const { version } = JSON.parse(
      await readFile(new URL("../../../package.json", import.meta.url), "utf8"),
    ) as { version: string };
    expect(await run(["--version"])).toMatchObject({ code: 0, out: `${version}\n` });
  });

  test.each([
    ["strat", "start"],
    ["chekc", "check"],
    ["model", "models"],
  ])("answers %s with %s", async (typed, meant) => {
    const { code, err } = await run([typed]);
    expect(code).toBe(2);
    expect(err).toContain(`(Did you mean ${meant}?)`);
  });

  test.each([
    ["start", "--prot", "1"],
    ["start", "--port"],
    ["say"],
    ["check"],
    ["check", "a", "b"],
    ["start", "--port", "many"],
    ["start", "--port", "70000"],
    ["start", "--lang", "fr"],
    ["doctor", "--only", "hair"],
    ["bench", "nothing"],
    ["engine"],
    ["transcribe", "absent.wav"],
    ["say", "hi", "--token-file", "absent"],
  ])("%s %s %s is misuse, told in the first line", async (...argv) => {
    const { code, out, err } = await run(argv.filter((arg) => typeof arg === "string"));
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err.split("\n")[0]).not.toBe("");
    expect(err).not.toMatch(/\bat .*\.ts:/);
  });

  test.each(["start", "say", "transcribe", "doctor", "check", "bench", "licences", "engine"])(
    "%s --help shows examples and --json, in both languages",
    async (name) => {
      const [en, zh] = [await run([name, "--help"]), await run([name, "--help", "--lang", "zh"])];
      expect([en.code, zh.code]).toEqual([0, 0]);
      expect(en.out).toMatch(new RegExp(`Examples:\\n {2}bunraku ${name}`));
      expect(en.out).toContain("--json");
      expect(zh.out).toContain("用法：");
      expect(zh.out).toContain("示例：");
    },
  );

  test("complains in Chinese, too", async () => {
    const { err } = await run(["strat"], { LANG: "zh_CN.UTF-8" });
    expect(err).toBe("错误：没有命令 “strat”\n（是不是 start？）\n");
  });

  test("chooses the language from the option, then the environment, then the system", () => {
    expect(messageLang([], {})).toBe("en");
    expect(messageLang([], { LANG: "zh_CN.UTF-8" })).toBe("zh");
    expect(messageLang([], { LANG: "zh_CN.UTF-8", BUNRAKU_LANG: "en" })).toBe("en");
    expect(messageLang(["check", "x", "--lang", "zh"], { BUNRAKU_LANG: "en" })).toBe("zh");
    expect(messageLang(["--lang=zh"], {})).toBe("zh");
  });

  test("stopped by Ctrl-C says 130", async () => {
    const stopped = AbortSignal.abort(new DOMException("stopped", "AbortError"));
    expect((await run(["doctor", "--only", "timing"], {}, { stop: stopped })).code).toBe(130);
  });
});

describe("check", () => {
  test("finds nothing wrong with the default preset", async () => {
    expect(await run(["check", "default"])).toMatchObject({ code: 0, out: "default is sound.\n" });
  });

  test("names every mistake and ends with 3", async () => {
    const file = join(folder, "mine.yaml");
    await writeFile(file, "version: 1\nextends: default\nlnag: zh\nlisten: { port: many }\n");
    const { code, out } = await run(["check", file]);
    expect(code).toBe(3);
    expect(out.split("\n")).toEqual([
      "2 problems",
      expect.stringContaining(":3:1 lnag:"),
      expect.stringContaining(":4:17 listen.port:"),
      "",
    ]);
    const json = JSON.parse((await run(["check", file, "--json"])).out) as {
      ok: boolean;
      problems: { line: number }[];
    };
    expect(json.ok).toBe(false);
    expect(json.problems.map(({ line }) => line)).toEqual([3, 4]);
  });

  test("of an unknown preset names the near one", async () => {
    expect(await run(["check", "zhh"])).toMatchObject({
      code: 3,
      out: expect.stringContaining("Did you mean zh?"),
    });
  });
});

describe("start", () => {
  test("refuses a preset with mistakes, all of them, before anything is opened", async () => {
    const file = join(folder, "mine.yaml");
    await writeFile(file, "version: 1\nextends: default\nlnag: zh\n");
    const { code, err } = await run(["start", file]);
    expect(code).toBe(3);
    expect(err).toContain("there is no setting lnag Did you mean lang?");
  });
});

describe("say", () => {
  test("is spoken by the running daemon", async () => {
    const { url } = await daemon();
    expect(await run(["say", "Good evening.", "--url", url])).toMatchObject({ code: 0, out: "Said.\n" });
    expect(JSON.parse((await run(["say", "again", "--url", url, "--json"])).out)).toEqual({ turn: 2 });
    expect(said).toEqual(["Good evening.", "again"]);
  });

  test("without a daemon says how to start one, and ends with 5", async () => {
    const listener = await daemon();
    await listener.close();
    const { url } = listener;
    const { code, err } = await run(["say", "hi", "--url", url]);
    expect(code).toBe(5);
    expect(err).toContain("bunraku start");
    expect(JSON.parse((await run(["say", "hi", "--url", url, "--json"])).out)).toMatchObject({
      error: { fault: "unreachable" },
    });
  });

  test("passes on why the daemon will not", async () => {
    const { url } = await daemon();
    expect(await run(["say", " ", "--url", url])).toMatchObject({
      code: 2,
      err: "`text` must hold the words to speak\n",
    });
  });

  test("shows the token from its file, or is told to", async () => {
    const token = createToken();
    const { url } = await daemon(token);
    expect(await run(["say", "hi", "--url", url])).toMatchObject({
      code: 5,
      err: expect.stringContaining("--token-file"),
    });
    await writeFile(join(folder, "token"), `${token}\n`);
    expect((await run(["say", "hi", "--url", url, "--token-file", join(folder, "token")])).code).toBe(0);
    expect((await run(["say", "hi", "--url", url], { BUNRAKU_TOKEN: token })).code).toBe(0);
  });
});

describe("models", () => {
  test("are listed with their licences and whether they are here", async () => {
    const { code, out } = await run(["models", "list", "--json"]);
    expect(code).toBe(0);
    const { models } = JSON.parse(out) as {
      models: { id: string; state: string; licence: string; bytes: number }[];
    };
    expect(models.map(({ id }) => id)).toContain("silero-vad/model");
    for (const model of models)
      expect(model).toMatchObject({ state: "missing", licence: expect.stringMatching(/./) });
  });

  test("that are not here fail the verification with 7", async () => {
    expect(await run(["models", "verify"])).toMatchObject({
      code: 7,
      out: expect.stringContaining("missing"),
    });
  });

  test("of another name are not known", async () => {
    expect((await run(["models", "pull", "whisper"])).code).toBe(3);
  });
});

describe("transcribe", () => {
  test("of something else than a WAV file says what is wrong with it", async () => {
    await writeFile(join(folder, "x.wav"), "not sound");
    const { code, err } = await run(["transcribe", join(folder, "x.wav")]);
    expect(code).toBe(2);
    expect(err).toMatch(/x\.wav is not a WAV file/);
  });
});

describe("doctor", () => {
  test("finds a port that another program uses, with the fix in both languages, and ends with 6", async () => {
    const { createServer } = await import("node:http");
    const server = createServer((_request, response) => response.end("someone else"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    undo.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as { port: number };
    const { code, out } = await run(["doctor", "--only", "ports", "--json"], { BUNRAKU_PORT: String(port) });
    expect(code).toBe(6);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      findings: [
        {
          verdict: "fail",
          fix: { en: expect.stringContaining("--port"), zh: expect.stringContaining("--port") },
        },
      ],
    });
  });

  test("knows a Bunraku daemon from another program", async () => {
    const { port } = await daemon();
    const { code, out } = await run(["doctor", "--only", "ports"], { BUNRAKU_PORT: String(port) });
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringContaining("a Bunraku daemon runs there"),
    });
  });

  test("finds a key that is not set, and one that a provider refuses", async () => {
    const { code, out } = await run(["doctor", "cloud", "--only", "preset"], { LANG: "zh_CN" });
    expect(code).toBe(6);
    expect(out).toContain("OPENAI_API_KEY 未设置");
  });

  test("finds a provider that does not answer", async () => {
    const listener = await daemon();
    await listener.close();
    const { url } = listener;
    const { code, out } = await run(["doctor", "cloud", "--only", "preset"], {
      OPENAI_API_KEY: "k",
      OPENAI_BASE_URL: `${url}/v1`,
    });
    expect(code).toBe(6);
    expect(out).toContain("does not answer");
  });

  test("only warns of models that the first start fetches", async () => {
    const { code, out } = await run(["doctor", "--only", "models"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^warn +models/m);
  });

  test("loads the native model runtime", async () => {
    expect((await run(["doctor", "--only", "setup"])).out).toMatch(/^ok +setup +model runtime/m);
  });
});

describe("licences", () => {
  test("name eSpeak NG's GPL, every package and every model", async () => {
    const { code, out } = await run(["licences", "--json"]);
    expect(code).toBe(0);
    const { packages, models } = JSON.parse(out) as {
      packages: { name: string; licence: string }[];
      models: { licence: string }[];
    };
    expect(packages.find(({ name }) => name === "@echogarden/espeak-ng-emscripten")?.licence).toContain(
      "GPL-3.0",
    );
    expect(packages.filter(({ licence }) => licence === "unknown")).toEqual([]);
    expect(models.length).toBeGreaterThan(0);
    expect((await run(["licences"])).out).toContain("GPL-3.0-or-later");
  });
});

describe("bench", () => {
  test("measures, as a table and as JSON", async () => {
    expect((await run(["bench"])).out).toContain("timer");
    const { out } = await run(["bench", "timer", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      bench: "timer",
      results: [{ name: "p50", unit: "ms" }, { name: "p99" }],
    });
  });
});

test(
  "a new token file is for its owner only",
  // Windows has no such bits.
  { skip: process.platform === "win32" },
  async () => {
    const file = join(folder, "token");
    // The daemon is refused later, at its port: only the file matters here.
    const { port } = await daemon();
    const { code } = await run(["start", "--token-file", file, "--port", String(port)]);
    expect(code).toBe(3);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file, "utf8")).trim()).toHaveLength(43);
  },
);

describe("the address that start prints", () => {
  const started = async (options: { terminal: boolean; json: boolean }): Promise<Ran & { token: string }> => {
    const [file, stop] = [join(folder, "token"), new AbortController()];
    const args = [
      "start",
      "--port",
      "0",
      "--offline",
      "--token-file",
      file,
      ...(options.json ? ["--json"] : []),
    ];
    const seen = (out: string): void => {
      if (/http:[^\n]+\n/.test(out)) stop.abort();
    };
    const ran = await run(
      args,
      { BUNRAKU_LOG_LEVEL: "debug" },
      { stop: stop.signal, terminal: options.terminal, seen },
    );
    return { ...ran, token: (await readFile(file, "utf8")).trim() };
  };

  test("holds the token in its fragment where a person reads it", async () => {
    const { out, err, token } = await started({ terminal: true, json: false });
    expect(out).toMatch(new RegExp(`http://127\\.0\\.0\\.1:\\d+/#token=${token}\n`));
    expect(err).not.toContain(token);
  });

  test.each([
    ["into a pipe or a file", { terminal: false, json: false }],
    ["as JSON, a terminal or not", { terminal: true, json: true }],
  ])("does not hold it when written %s", async (_, options) => {
    const { out, err, token } = await started(options);
    expect(out).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
    expect(out + err).not.toContain(token);
  });
});
