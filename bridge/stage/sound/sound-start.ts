import { after } from "../page-clock.ts";

/** A device that plays starts well within this; one that has not by then is missing, ms. */
const STARTS_WITHIN_MS = 3_000;

/** The part of an `AudioContext` that says whether it plays. */
export interface StartingContext extends EventTarget {
  readonly state: string;
  resume(): Promise<void>;
}

/** Starts a context, inside a user's gesture. False where it does not run within 3 s: the machine has no sound output. */
export const startSound = (context: StartingContext): Promise<boolean> =>
  new Promise((resolve) => {
    const decide = (): void => {
      cancel();
      context.removeEventListener("statechange", look);
      resolve(context.state === "running");
    };
    const look = (): void => {
      if (context.state === "running") decide();
    };
    const cancel = after(STARTS_WITHIN_MS, decide);
    context.addEventListener("statechange", look);
    // Without an output this promise never settles; a closed context rejects.
    context.resume().then(look, decide);
    look();
  });
