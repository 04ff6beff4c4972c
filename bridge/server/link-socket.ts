import type { WebSocket } from "ws";
import { Channel } from "../core/channel.ts";
import { BunrakuError } from "../core/errors.ts";
import type { LinkSocket } from "../core/link-socket.ts";
import { decode } from "../wire/decode.ts";

/** Bytes that may wait for a slow peer; beyond that messages are refused. 1 MiB is 10 s of sound, long past any use. */
const MAX_WAITING = 1 << 20;
/** Inbound bytes that may wait for us before the peer is told to wait (TCP back-pressure). */
const MAX_UNREAD = 256 * 1_024;
/** Inbound messages that may wait. Reading stops long before; tiny messages of one last packet may still come in. */
const UNREAD = { pause: 64, capacity: 16_384 } as const;

/** WebSocket close codes (RFC 6455). */
export const CLOSE = { goingAway: 1001, unsupported: 1003, policy: 1008, tryLater: 1013 } as const;

/** A `LinkSocket` on a `ws` socket. */
export class WebSocketLink implements LinkSocket {
  readonly peer: string;
  readonly #socket: WebSocket;
  readonly #inbox = new Channel<Uint8Array>({ capacity: UNREAD.capacity, overflow: "drop-newest" });
  readonly #gone = new AbortController();
  #unread = 0;
  #greeted = false;

  constructor(socket: WebSocket, peer: string) {
    this.peer = peer;
    this.#socket = socket;
    socket.binaryType = "nodebuffer";
    socket.on("message", (bytes: Buffer, binary: boolean) => this.#take(bytes, binary));
    // ws closes the socket itself after an error (a frame too large, a broken one); `close` follows.
    socket.on("error", () => undefined);
    socket.on("close", (code, reason) => this.#end(reason.toString("utf8") || `closed with code ${code}`));
  }

  /** Aborted when the socket is gone; the reason says why. */
  get closed(): AbortSignal {
    return this.#gone.signal;
  }

  /** True once the peer introduced itself. */
  get greeted(): boolean {
    return this.#greeted;
  }

  send(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN || socket.bufferedAmount + bytes.length > MAX_WAITING) return false;
    socket.send(bytes, { binary: true });
    return true;
  }

  get messages(): AsyncIterable<Uint8Array> {
    return this.#read();
  }

  close(reason: string): void {
    this.closeWith(CLOSE.goingAway, reason);
  }

  /** `close` with a code of its own. */
  closeWith(code: number, reason: string): void {
    // A paused socket would never see the peer's answer to our close.
    if (this.#socket.isPaused) this.#socket.resume();
    this.#socket.close(code, fitReason(reason));
    this.#end(reason);
  }

  /** Drops the connection without a word, for a peer that does not answer. */
  terminate(reason: string): void {
    this.#socket.terminate();
    this.#end(reason);
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const bytes of this.#inbox) {
      this.#unread -= bytes.length;
      if (this.#socket.isPaused && !this.#crowded()) this.#socket.resume();
      yield bytes;
    }
  }

  #take(bytes: Buffer, binary: boolean): void {
    if (this.#gone.signal.aborted) return;
    if (!binary) return this.closeWith(CLOSE.unsupported, "messages are binary; see PROTOCOL.md");
    // A peer of another version is passed on: the link refuses it in words.
    this.#greeted ||= isHello(bytes);
    if (!this.#inbox.offer(bytes)) return this.closeWith(CLOSE.policy, "too many messages at once");
    this.#unread += bytes.length;
    if (this.#crowded()) this.#socket.pause();
  }

  #crowded(): boolean {
    return this.#unread > MAX_UNREAD || this.#inbox.depth >= UNREAD.pause;
  }

  #end(reason: string): void {
    if (this.#gone.signal.aborted) return;
    this.#gone.abort(new BunrakuError("unreachable", `the link to ${this.peer} is gone: ${reason}`));
    this.#inbox.close();
  }
}

const isHello = (bytes: Uint8Array): boolean => {
  try {
    return decode(bytes).message?.type === "hello";
  } catch {
    // Garbage is no hello; the link counts it.
    return false;
  }
};

/** A close reason holds at most 123 bytes. */
const fitReason = (reason: string): string => {
  let text = reason.slice(0, 123);
  while (Buffer.byteLength(text) > 123) text = text.slice(0, -1);
  return text;
};
