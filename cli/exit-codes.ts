import type { Fault } from "../bridge/core/errors.ts";

/** What the shell is told; documented in the README. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  config: 3,
  missing: 4,
  unreachable: 5,
  findings: 6,
  download: 7,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_FAULT: Readonly<Record<Fault, ExitCode>> = {
  config: EXIT.config,
  input: EXIT.usage,
  auth: EXIT.unreachable,
  "rate-limit": EXIT.unreachable,
  unreachable: EXIT.unreachable,
  protocol: EXIT.unreachable,
  device: EXIT.missing,
  model: EXIT.missing,
  bug: EXIT.unexpected,
};

export const exitCodeOf = (fault: Fault): ExitCode => BY_FAULT[fault];
