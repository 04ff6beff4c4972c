import { createServer } from "node:net";
import { fromSeconds } from "../../bridge/core/time.ts";
import { loadPreset } from "../../configs/load.ts";
import { withDeadline } from "../deadline.ts";
import type { Kit } from "../kit.ts";
import { both, same, type Check, type Finding } from "./finding.ts";

const PATIENCE = fromSeconds(1);

/** Whether the daemon's port can be had. */
export const ports: Check = {
  group: "ports",
  run: async ({ kit, preset }) => {
    const port = loadPreset(preset, { env: kit.env }).preset?.listen.port ?? 7_311;
    return [await daemonPort(port, kit)];
  },
};

export const daemonPort = async (port: number, kit: Kit): Promise<Finding> => {
  const base = { group: "ports", name: same(String(port)) } as const;
  const trouble = await openTrouble(port);
  if (trouble === undefined) return { ...base, verdict: "ok", detail: both("is free", "空闲") };
  if (trouble === "EADDRINUSE" && (await isBunraku(port, kit)))
    return {
      ...base,
      verdict: "ok",
      detail: both("a Bunraku daemon runs there", "已有 Bunraku 守护进程在运行"),
    };
  if (trouble === "EADDRINUSE")
    return {
      ...base,
      verdict: "fail",
      detail: both("another program uses it", "被其他程序占用"),
      fix: both("choose another with --port", "请用 --port 换一个"),
    };
  return {
    ...base,
    verdict: "fail",
    detail: both(`cannot be opened (${trouble})`, `无法打开（${trouble}）`),
    fix: both("choose one above 1023 with --port", "请用 --port 选择 1023 以上的端口"),
  };
};

const openTrouble = (port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });

/** Only ours answers its health route this way, and with this policy. */
const isBunraku = (port: number, kit: Kit): Promise<boolean> =>
  withDeadline(
    async (signal) => {
      const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal, redirect: "error" });
      return (
        (await response.text()).trim() === '{"ok":true}' && response.headers.has("content-security-policy")
      );
    },
    { clock: kit.clock, span: PATIENCE, signal: kit.stop },
  ).catch(() => false);
