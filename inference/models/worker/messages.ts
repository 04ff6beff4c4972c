/** First message to a worker: which files to open. `flags` has one cell per request slot; 1 means nobody waits any more. */
export interface OpenMessage {
  readonly kind: "open";
  readonly files: Readonly<Record<string, string>>;
  readonly flags: Int32Array;
}

/** One request; `slot` is its cell in `flags` and its name in the answer. */
export interface CallMessage {
  readonly kind: "call";
  readonly slot: number;
  readonly input: unknown;
}

export type ToWorker = OpenMessage | CallMessage;

export type FromWorker =
  | { readonly kind: "opened" }
  | { readonly kind: "refused"; readonly fault: "device" | "model"; readonly reason: string }
  | { readonly kind: "answer"; readonly slot: number; readonly output: unknown }
  | { readonly kind: "failed"; readonly slot: number; readonly reason: string };

/** Requests a worker may hold at once. */
export const SLOTS = 64;
