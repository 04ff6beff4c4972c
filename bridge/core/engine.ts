import type { AnimationFrame, AudioChunk, PuppetId, SubjectStatic, TurnId } from "./frames.ts";
import type { StatusReport } from "./status.ts";
import type { Micros } from "./time.ts";

/** How far an engine has played a turn. */
export interface HeardReport {
  readonly puppet: PuppetId;
  readonly turn: TurnId;
  /** started: first sample presented; playing: on the way; ended: last sample presented; flushed: stopped by a flush. */
  readonly state: "started" | "playing" | "ended" | "flushed";
  /** Presentation time up to which sound was heard, on the daemon's clock. */
  readonly upTo: Micros;
}

/** Whoever renders a puppet: Unreal, the Stage page, Live Link, the headless engine, the speaker. The daemon treats them alike. */
export interface Engine {
  readonly name: string;
  /** True where sound is presented and reported back, so that this engine can say what was heard. */
  audible(): boolean;
  /** Static data of a subject, before its frames; again with the same subject it replaces. */
  describe(subject: SubjectStatic): void;
  /** Takes a frame or a piece of sound ahead of its pts. Never blocks; a slow engine drops and counts. */
  send(item: AnimationFrame | AudioChunk): void;
  /** The turn's sound ends at `pts`: lets the engine tell an end from an underrun. */
  finish(puppet: PuppetId, turn: TurnId, pts: Micros): void;
  /** Stops a turn now. Resolves when the engine confirms; rejects with fault `unreachable` when it never does. */
  flush(puppet: PuppetId, turn: TurnId): Promise<HeardReport>;
  status(): StatusReport;
  close(): Promise<void>;
}
