import { fromSeconds } from "../../bridge/core/time.ts";
import { loadPreset } from "../../configs/load.ts";
import type { Preset } from "../../configs/preset.ts";
import { withDeadline } from "../deadline.ts";
import type { Kit } from "../kit.ts";
import { both, same, type Check, type Finding } from "./finding.ts";

/** A provider that takes longer than this to say anything is as good as away. */
const PATIENCE = fromSeconds(3);

/** The preset itself, the keys it names, and whether its providers answer. */
export const preset: Check = {
  group: "preset",
  run: async ({ kit, preset: name }) => {
    const { preset: loaded, problems } = loadPreset(name, { env: kit.env });
    const base = { group: "preset", name: same(name) } as const;
    if (loaded === undefined) {
      const [first] = problems;
      const detail = both(
        `${problems.length} problems, the first: ${first?.path} ${first?.message}`,
        `${problems.length} 个问题，其一：${first?.path}`,
      );
      return [
        {
          ...base,
          verdict: "fail",
          detail,
          fix: both(`run \`bunraku check ${name}\``, `请执行 \`bunraku check ${name}\``),
        },
      ];
    }
    const sound: Finding = { ...base, verdict: "ok", detail: both("is sound", "没有问题") };
    return [sound, ...(await Promise.all(remotes(loaded).map((remote) => reach(remote, kit))))];
  },
};

interface Remote {
  readonly sense: "asr" | "llm" | "tts";
  readonly baseUrl: string;
  readonly keyEnv: string | undefined;
}

const remotes = (loaded: Preset): readonly Remote[] =>
  (["asr", "llm", "tts"] as const).flatMap((sense) => {
    const choice = loaded[sense];
    return choice.provider === "openai" ? [{ sense, baseUrl: choice.baseUrl, keyEnv: choice.keyEnv }] : [];
  });

/** Asks for the list of models, which costs nothing. Many servers do not have it: any answer but a refusal will do. */
const reach = async ({ sense, baseUrl, keyEnv }: Remote, kit: Kit): Promise<Finding> => {
  const base = { group: "preset", name: same(sense) } as const;
  const key = keyEnv === undefined ? undefined : kit.env[keyEnv];
  if (keyEnv !== undefined && (key === undefined || key === ""))
    return {
      ...base,
      verdict: "fail",
      detail: both(`${keyEnv} is not set`, `${keyEnv} 未设置`),
      fix: both(`set ${keyEnv} to the provider's key`, `请把 ${keyEnv} 设为服务商的密钥`),
    };
  const host = new URL(baseUrl).host;
  try {
    const headers: Record<string, string> = key === undefined ? {} : { Authorization: `Bearer ${key}` };
    const status = await withDeadline(
      async (signal) => {
        const response = await fetch(`${baseUrl.replace(/\/+$/, "")}/models`, {
          headers,
          redirect: "error",
          signal,
        });
        await response.body?.cancel();
        return response.status;
      },
      { clock: kit.clock, span: PATIENCE, signal: kit.stop },
    );
    if (status === 401 || status === 403)
      return {
        ...base,
        verdict: "fail",
        detail: both(`${host} refuses the key`, `${host} 拒绝了密钥`),
        fix: both(
          `put a valid key into ${keyEnv ?? "a variable named by keyEnv"}`,
          `请在 ${keyEnv ?? "keyEnv 指定的变量"} 中放入有效密钥`,
        ),
      };
    return { ...base, verdict: "ok", detail: both(`${host} answers`, `${host} 有应答`) };
  } catch {
    return {
      ...base,
      verdict: "fail",
      detail: both(`${host} does not answer`, `${host} 没有应答`),
      fix: both(`start it, or correct ${sense}.baseUrl`, `请启动它，或更正 ${sense}.baseUrl`),
    };
  }
};
