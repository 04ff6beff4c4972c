import { WebSocket } from "ws";
import { micros, SystemClock } from "../../bridge/core/time.ts";
import { decode } from "../../bridge/wire/decode.ts";
import { encode } from "../../bridge/wire/encode.ts";
import {
  PROTOCOL_MINOR,
  type AnimationMessage,
  type Hello,
  type Message,
} from "../../bridge/wire/messages.ts";
import { Story, withinSeconds } from "./story.ts";

/** A bare peer of the protocol: sends any bytes, answers probes, and keeps what it is sent. */
export class WirePeer {
  /** All messages but probes and clocks. */
  readonly story = new Story<Message>();
  readonly socket: WebSocket;
  /** Why the link ended, once it has. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #clock = new SystemClock();
  #seq = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (bytes: Buffer) => this.#take(bytes));
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) =>
      socket.on("close", (code, reason) => resolve({ code, reason: reason.toString("utf8") })),
    );
  }

  /** Connects, and says hello where it has one. */
  static async connect(url: string, hello?: Partial<Hello>): Promise<WirePeer> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const peer = new WirePeer(socket);
    await withinSeconds(
      "a link",
      new Promise<void>((resolve, reject) => socket.once("open", () => resolve()).once("error", reject)),
    );
    if (hello !== undefined)
      peer.send({
        type: "hello",
        body: { role: "headless", name: "peer", minor: PROTOCOL_MINOR, audible: false, ...hello },
      });
    return peer;
  }

  send(message: Message): void {
    this.sendBytes(encode(message, this.#seq++));
  }

  sendBytes(bytes: Uint8Array): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(bytes, { binary: true });
  }

  /** The first message of a type from `from` on that matches. */
  got<T extends Message["type"]>(
    type: T,
    options: { from?: number; where?: (message: Extract<Message, { type: T }>) => boolean } = {},
  ): Promise<Extract<Message, { type: T }>> {
    const { from = 0, where = () => true } = options;
    return this.story.find(
      `a ${type} message`,
      (message) =>
        message.type === type && where(message as Extract<Message, { type: T }>)
          ? (message as Extract<Message, { type: T }>)
          : undefined,
      { from },
    );
  }

  /** The newest pose for each pts, in order of pts. */
  poses(): AnimationMessage[] {
    const byPts = new Map<number, AnimationMessage>();
    for (const message of this.story.all) if (message.type === "animation") byPts.set(message.pts, message);
    return [...byPts.values()].sort((a, b) => a.pts - b.pts);
  }

  async leave(): Promise<void> {
    this.socket.close();
    await withinSeconds("a peer to leave", this.closed);
  }

  #take(bytes: Buffer): void {
    const { message } = decode(bytes);
    if (message === undefined || message.type === "clock") return;
    if (message.type !== "ping") return this.story.add(message);
    const now = micros(this.#clock.now());
    this.send({ type: "pong", chain: message.chain, t1: message.t1, t2: now, t3: this.#clock.now() });
  }
}
