/** Why something failed. It decides whether to retry, the exit code and the operator's sentence. */
export type Fault =
  | "config" | "auth" | "input" | "rate-limit" | "unreachable" | "device" | "model" | "protocol" | "bug";

/** The one error of this program: a fault, a sentence a stage manager understands, and its cause. */
export class BunrakuError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "BunrakuError";
    this.fault = fault;
  }
}

/** True where trying the same thing again may succeed. */
export const isRetryable = (fault: Fault): boolean => fault === "rate-limit" || fault === "unreachable";

/** True for an error that only says that `signal` was aborted: cancellation is not a failure. */
export const isAbort = (error: unknown, signal: AbortSignal): boolean =>
  signal.aborted && (error === signal.reason || (error instanceof Error && error.name === "AbortError"));

/** A non-empty sentence for anything that was thrown. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof Error && error.message !== "") return error.message;
  const text = String(error);
  return text === "" ? "unknown error" : text;
};

/** Anything thrown, as a `BunrakuError`; a stranger becomes `fault`. */
export const asBunrakuError = (error: unknown, fault: Fault = "bug"): BunrakuError =>
  error instanceof BunrakuError ? error : new BunrakuError(fault, reasonOf(error), { cause: error });
