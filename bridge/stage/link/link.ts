import type { Message } from "../../wire/messages.ts";
import type { FromLink, ToLink } from "./link-messages.ts";

export interface LinkOptions {
  /** ws(s) address of the daemon's link. */
  readonly url: string;
  /** For the daemon's log, at most 64 characters. */
  readonly name: string;
  /** The puppet to show; the first where undefined. */
  readonly puppet: string | undefined;
  /** The link opens when this resolves. */
  readonly admitted: Promise<unknown>;
}

/** The page's end of the link; the socket itself lives in a worker and reconnects by itself. */
export interface Link {
  send(message: Message): void;
  setAudible(audible: boolean): void;
  /** Opens a lost link now instead of at its next attempt. */
  reopen(): void;
  /** Routes sound to this port, past the page. */
  routeSound(port: MessagePort): void;
  /** Takes the microphone from this port. */
  takeMicrophone(port: MessagePort): void;
}

/** Opens the link and keeps it open. `receive` gets its state and every message but probes. */
export const openLink = (options: LinkOptions, receive: (news: FromLink) => void): Link => {
  const worker = new Worker(new URL("./link-worker.ts", import.meta.url), { type: "module", name: "link" });
  const post = (message: ToLink, transfer: Transferable[] = []): void =>
    worker.postMessage(message, transfer);
  worker.addEventListener("message", ({ data }: MessageEvent<FromLink>) => receive(data));
  const { url, name, puppet } = options;
  void options.admitted.then(() => post({ kind: "open", url, name, puppet }));
  return {
    send: (message) => post({ kind: "send", message }),
    setAudible: (audible) => post({ kind: "audible", audible }),
    reopen: () => post({ kind: "reopen" }),
    routeSound: (port) => post({ kind: "sound", port }, [port]),
    takeMicrophone: (port) => post({ kind: "microphone", port }, [port]),
  };
};
