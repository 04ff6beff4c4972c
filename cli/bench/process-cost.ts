import { readFile, readdir } from "node:fs/promises";

/** Clock ticks a second of /proc/PID/stat: USER_HZ, 100 on every Linux that Node supports. */
const TICKS = 100;

/** What a process and all its descendants cost, or undefined where the system has no /proc. */
export interface ProcessCost {
  /** Proportional set size, MiB: memory shared between processes is divided among them. */
  readonly pssMb: number;
  /** User and system time so far, seconds. */
  readonly cpuSeconds: number;
}

/** Reads /proc for `pid` and its descendants. */
export const processCost = async (pid: number): Promise<ProcessCost | undefined> => {
  const family = await familyOf(pid);
  if (family === undefined) return undefined;
  let pss = 0;
  let ticks = 0;
  for (const member of family) {
    const rollup = await readFile(`/proc/${member}/smaps_rollup`, "utf8").catch(() => "");
    pss += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    const stat = fieldsOf(await readFile(`/proc/${member}/stat`, "utf8").catch(() => ""));
    ticks += Number(stat[11] ?? 0) + Number(stat[12] ?? 0);
  }
  return { pssMb: pss / 1_024, cpuSeconds: ticks / TICKS };
};

const familyOf = async (pid: number): Promise<number[] | undefined> => {
  const entries = await readdir("/proc").catch(() => undefined);
  if (entries === undefined) return undefined;
  const parents = new Map<number, number>();
  for (const entry of entries) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = fieldsOf(await readFile(`/proc/${entry}/stat`, "utf8").catch(() => ""));
    if (stat[1] !== undefined) parents.set(Number(entry), Number(stat[1]));
  }
  const family = [pid];
  for (let i = 0; i < family.length; i++)
    for (const [child, parent] of parents) if (parent === family[i]) family.push(child);
  return family;
};

/** Fields of a stat line after the command's closing bracket: state, parent, … */
const fieldsOf = (stat: string): string[] => stat.slice(stat.lastIndexOf(")") + 2).split(" ");
