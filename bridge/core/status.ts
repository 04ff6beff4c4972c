/** How a part of the program is. The closed list for engines, providers, inputs and models alike. */
export type Status = "starting" | "ready" | "degraded" | "disconnected" | "bad-config" | "stopped";

/** A part's status with the sentence an operator reads beside it. */
export interface StatusReport {
  readonly name: string;
  readonly status: Status;
  /** Empty when there is nothing to say. */
  readonly detail: string;
}
