import type { PlayheadReport } from "../../sync/playhead.ts";
import type { Message } from "../../wire/messages.ts";

export type LinkState = "connecting" | "open" | "lost";

/** What the page asks of the link's worker. */
export type ToLink =
  | {
      readonly kind: "open";
      readonly url: string;
      readonly name: string;
      readonly puppet: string | undefined;
    }
  /** Do not wait for the next attempt. */
  | { readonly kind: "reopen" }
  | { readonly kind: "audible"; readonly audible: boolean }
  | { readonly kind: "send"; readonly message: Message }
  /** From now on sound goes to, and reports of it come from, this port instead of the page. */
  | { readonly kind: "sound"; readonly port: MessagePort }
  /** Pieces of the microphone come from this port. */
  | { readonly kind: "microphone"; readonly port: MessagePort };

/** What the link's worker tells the page. */
export type FromLink =
  | { readonly kind: "state"; readonly state: LinkState; readonly reason: string }
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "malformed"; readonly reason: string };

/** Messages about sound, which go to whoever presents it. */
export type SoundMessage = Extract<Message, { type: "audio" | "finish" | "flush" }>;

/** What a presenter of sound hears over its port; `reset` when the link is lost: turns count anew on the next one. */
export type ToSound = SoundMessage | { readonly type: "reset" };

/** What a presenter of sound says back over its port. */
export interface SoundReports {
  readonly reports: readonly PlayheadReport[];
}

/** 20 ms of the microphone at 16 kHz. */
export interface VoicePiece {
  readonly pcm: Int16Array;
}
