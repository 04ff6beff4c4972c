import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { fromMillis } from "../../bridge/core/time.ts";
import { loadPreset } from "../../configs/load.ts";
import { withDeadline } from "../deadline.ts";
import type { Kit } from "../kit.ts";
import { both, same, type Check, type Finding } from "./finding.ts";

/** Remote Control's web server and its WebSocket server, as Unreal ships them. */
const REMOTE_CONTROL = [30_010, 30_020] as const;
const PATIENCE = fromMillis(500);

/** Whether an Unreal on this machine can take our frames, and whether it is open to strangers. */
export const unreal: Check = {
  group: "unreal",
  run: async ({ kit, preset }) => {
    const liveLink = loadPreset(preset, { env: kit.env }).preset?.engines.liveLink;
    const findings = [await liveLinkPort(liveLink?.port ?? 11_111, liveLink?.enabled === true)];
    for (const port of REMOTE_CONTROL) findings.push(await remoteControl(port, kit));
    return findings;
  },
};

/** UDP has no handshake: a port that we cannot take is one that somebody listens on. */
const liveLinkPort = async (port: number, wanted: boolean): Promise<Finding> => {
  const base = { group: "unreal", name: same(`Live Link ${port}`) } as const;
  if (await isTaken(port))
    return { ...base, verdict: "ok", detail: both("somebody listens", "有程序在监听") };
  const detail = both("nobody listens on this machine", "本机没有程序在监听");
  if (!wanted) return { ...base, verdict: "skip", detail };
  const fix = both(
    "in Unreal, add a Live Link source of type Apple ARKit",
    "请在 Unreal 中添加类型为 Apple ARKit 的 Live Link 源",
  );
  return { ...base, verdict: "warn", detail, fix };
};

const remoteControl = async (port: number, kit: Kit): Promise<Finding> => {
  const base = { group: "unreal", name: same(`Remote Control ${port}`) } as const;
  if (!(await answers("127.0.0.1", port, kit)))
    return { ...base, verdict: "skip", detail: both("is not running", "未运行") };
  for (const address of ownAddresses()) {
    if (!(await answers(address, port, kit))) continue;
    // Its checks do nothing unless access is restricted: whoever is on the network could run the editor.
    return {
      ...base,
      verdict: "fail",
      detail: both(`is open to other machines on ${address}`, `在 ${address} 上对其他机器开放`),
      fix: both(
        "bind it to 127.0.0.1 in Project Settings, Remote Control",
        "请在项目设置的 Remote Control 中绑定到 127.0.0.1",
      ),
    };
  }
  return { ...base, verdict: "ok", detail: both("answers, on this machine only", "有应答，仅限本机") };
};

const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket({ type: "udp4", reuseAddr: false });
    socket.once("error", () => resolve(true));
    socket.bind({ port, address: "0.0.0.0", exclusive: true }, () => socket.close(() => resolve(false)));
  });

const answers = (host: string, port: number, kit: Kit): Promise<boolean> =>
  withDeadline(
    (signal) =>
      new Promise<boolean>((resolve) => {
        const socket = connect({ host, port });
        const finish = (answer: boolean): void => {
          socket.destroy();
          resolve(answer);
        };
        socket.once("connect", () => finish(true)).once("error", () => finish(false));
        signal.addEventListener("abort", () => finish(false), { once: true });
      }),
    { clock: kit.clock, span: PATIENCE, signal: kit.stop },
  );

const ownAddresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4")
      .map(({ address }) => address),
  );
