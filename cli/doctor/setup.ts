import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { reasonOf } from "../../bridge/core/errors.ts";
import { installedAt } from "../package-licences.ts";
import { projectFolder } from "../project-folder.ts";
import { both, same, type Check, type Finding } from "./finding.ts";

/** Oldest Node the program is tested on; package.json says the same. */
const OLDEST = [20, 19] as const;

/** Node, the packages, the native part of the model runtime, the built page. */
export const setup: Check = {
  group: "setup",
  run: async () => {
    const folder = projectFolder();
    return [node(process.versions.node), packages(folder), await runtime(), page(folder)];
  },
};

export const node = (version: string): Finding => {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const recent = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  const base = { group: "setup", name: same("Node.js"), detail: same(version) } as const;
  if (recent) return { ...base, verdict: "ok" };
  const oldest = OLDEST.join(".");
  return {
    ...base,
    verdict: "fail",
    fix: both(`install Node.js ${oldest} or newer`, `请安装 Node.js ${oldest} 或更新版本`),
  };
};

const packages = (folder: string): Finding => {
  const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const missing = Object.keys(dependencies).filter((name) => installedAt(name, folder) === undefined);
  const base = { group: "setup", name: both("packages", "软件包") } as const;
  if (missing.length === 0)
    return { ...base, verdict: "ok", detail: both("all are installed", "全部已安装") };
  const list = missing.join(", ");
  return {
    ...base,
    verdict: "fail",
    detail: both(`missing: ${list}`, `缺少：${list}`),
    fix: both("run `npm ci`", "请执行 `npm ci`"),
  };
};

/** The runtime may be installed without the binary for this machine: only loading it tells. */
const runtime = async (): Promise<Finding> => {
  const base = { group: "setup", name: both("model runtime", "模型运行时") } as const;
  try {
    await import("onnxruntime-node");
    return { ...base, verdict: "ok", detail: both("onnxruntime-node loads", "onnxruntime-node 可以加载") };
  } catch (error) {
    const why = reasonOf(error).split("\n")[0] ?? "";
    return {
      ...base,
      verdict: "fail",
      detail: both(`onnxruntime-node does not load: ${why}`, `onnxruntime-node 无法加载：${why}`),
      fix: both(
        "run `npm ci`; on Linux it needs glibc 2.27 or newer",
        "请执行 `npm ci`；Linux 需要 glibc 2.27 或更新版本",
      ),
    };
  }
};

const page = (folder: string): Finding => {
  const base = { group: "setup", name: both("Stage page", "舞台网页") } as const;
  if (existsSync(join(folder, ".build", "stage", "index.html")))
    return { ...base, verdict: "ok", detail: both("is built", "已构建") };
  return {
    ...base,
    verdict: "fail",
    detail: both("is not built", "未构建"),
    fix: both("run `npm run build`", "请执行 `npm run build`"),
  };
};
