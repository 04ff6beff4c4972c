import type { Kit } from "../kit.ts";

/** One measured number; smaller is better. */
export interface BenchResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The largest value that is still good, where there is a goal. */
  readonly goal?: number;
}

/** Something that can be measured on this machine. */
export interface Bench {
  readonly name: string;
  readonly text: string;
  run(kit: Kit): Promise<readonly BenchResult[]>;
}
