import { Channel } from "../../bridge/core/channel.ts";
import type { LinkSocket } from "../../bridge/core/link-socket.ts";

/** The far end of an in-memory link: what the near end sent, and a way to send to it. */
export interface FarEnd {
  readonly sent: Uint8Array[];
  deliver(bytes: Uint8Array): void;
  hangUp(): void;
  closedWith(): string | undefined;
}

/** A link socket in memory, with the far end in the test's hands. */
export const socketPair = (): { near: LinkSocket; far: FarEnd } => {
  const inbound = new Channel<Uint8Array>({ capacity: 256, overflow: "drop-newest" });
  const sent: Uint8Array[] = [];
  let reason: string | undefined;
  return {
    near: {
      peer: "memory",
      send: (bytes) => reason === undefined && sent.push(bytes) > 0,
      messages: inbound,
      close: (why) => {
        reason ??= why;
        inbound.close();
      },
    },
    far: {
      sent,
      deliver: (bytes) => void inbound.offer(bytes),
      hangUp: () => inbound.close(),
      closedWith: () => reason,
    },
  };
};
