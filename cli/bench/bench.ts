import type { Kit } from "../kit.ts";

/** One measured number against its goal; smaller is better. */
export interface BenchResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The largest value that is still good, where there is a goal. */
  readonly goal?: number;
}

/** What a bench found: everything, for programs, and the lines that people read. */
export interface BenchReport {
  readonly figures: Readonly<Record<string, unknown>>;
  readonly results: readonly BenchResult[];
}

export interface BenchOptions {
  /** How often everything is measured, 1 and up. */
  readonly repeat: number;
  /** Folder of clips: wav with json `{endOfSpeechMs}` and perhaps txt beside it. Only `turn` uses it. */
  readonly clips: string | undefined;
  /** Folder of wavs without speech; made up when undefined. Only `turn` uses it. */
  readonly noise: string | undefined;
}

/** Something that can be measured on this machine. */
export interface Bench {
  readonly name: string;
  readonly text: string;
  run(kit: Kit, options: BenchOptions): Promise<BenchReport>;
}

/** A report of plain numbers. */
export const plainReport = (results: readonly BenchResult[]): BenchReport => ({
  figures: Object.fromEntries(results.map(({ name, value }) => [name, value])),
  results,
});
