import type { Kit } from "../kit.ts";

/** fail: something needed does not work; warn: it works, but not as well as it could; skip: nothing to check. */
export type Verdict = "ok" | "warn" | "fail" | "skip";

export const GROUPS = ["setup", "preset", "ports", "models", "voice", "timing", "unreal"] as const;
export type Group = (typeof GROUPS)[number];

/** A sentence in both languages. */
export interface Both {
  readonly en: string;
  readonly zh: string;
}

/** One thing that was looked at. */
export interface Finding {
  readonly group: Group;
  readonly name: Both;
  readonly verdict: Verdict;
  readonly detail: Both;
  /** What to do; only where there is something to do. */
  readonly fix?: Both;
}

/** One examination. `run` never rejects: what goes wrong is a finding. */
export interface Check {
  readonly group: Group;
  run(patient: { kit: Kit; preset: string }): Promise<readonly Finding[]>;
}

export const both = (en: string, zh: string): Both => ({ en, zh });
/** The same in both languages: a version, a path, a number. */
export const same = (text: string): Both => ({ en: text, zh: text });
