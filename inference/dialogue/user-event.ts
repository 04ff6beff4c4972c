import type { BunrakuError } from "../../bridge/core/errors.ts";
import type { Micros } from "../../bridge/core/time.ts";

/**
 * What the ears report of one user, in order: an onset, any number of partials, then exactly one turn or nothing.
 * Times are on the daemon's clock. Texts are personal: never logged outside `pii`.
 */
export type UserEvent =
  /** A voice began. */
  | { readonly kind: "onset"; readonly at: Micros }
  /** The words so far; replaces the partial before it. */
  | { readonly kind: "partial"; readonly text: string; readonly at: Micros }
  /** The user has finished. */
  | {
      readonly kind: "turn";
      readonly text: string;
      /** When the voice ended. */
      readonly endOfSpeech: Micros;
      /** When the turn was decided: never before `endOfSpeech`. */
      readonly at: Micros;
      /** Silence waited before deciding. */
      readonly hangover: Micros;
      /** Milliseconds the last transcription took; most of them pass during the hangover. */
      readonly asrMs: number;
    }
  /** The onset was no speech: a cough, a door, a word that could not be understood. */
  | { readonly kind: "nothing"; readonly at: Micros }
  /** The ears failed; they go on listening where they can. */
  | { readonly kind: "trouble"; readonly error: BunrakuError; readonly at: Micros };
