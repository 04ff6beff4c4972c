import type { Engine, HeardReport } from "../../bridge/core/engine.ts";
import type {
  AnimationFrame,
  AudioChunk,
  PuppetId,
  SubjectStatic,
  TurnId,
} from "../../bridge/core/frames.ts";
import type { StatusReport } from "../../bridge/core/status.ts";
import type { Micros } from "../../bridge/core/time.ts";

/** An engine that keeps what it is sent and answers a flush with a pts the test states, or never. */
export class RecordingEngine implements Engine {
  readonly name = "recording";
  readonly frames: AnimationFrame[] = [];
  readonly sound: AudioChunk[] = [];
  readonly finished: { turn: TurnId; pts: Micros }[] = [];
  readonly described: SubjectStatic[] = [];
  makesSound = true;
  /** What a flush is answered with; undefined: never answered. */
  flushedAt: Micros | undefined = 0 as Micros;

  audible(): boolean {
    return this.makesSound;
  }

  describe(subject: SubjectStatic): void {
    this.described.push(subject);
  }

  send(item: AnimationFrame | AudioChunk): void {
    if (item.kind === "audio") this.sound.push(item);
    else this.frames.push(item);
  }

  finish(_puppet: PuppetId, turn: TurnId, pts: Micros): void {
    this.finished.push({ turn, pts });
  }

  flush(puppet: PuppetId, turn: TurnId): Promise<HeardReport> {
    if (this.flushedAt === undefined) return new Promise(() => undefined);
    return Promise.resolve({ puppet, turn, state: "flushed", upTo: this.flushedAt });
  }

  status(): StatusReport {
    return { name: this.name, status: "ready", detail: "" };
  }

  async close(): Promise<void> {}
}
