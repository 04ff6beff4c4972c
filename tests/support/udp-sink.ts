import { createSocket, type Socket } from "node:dgram";

/** A UDP port on loopback that keeps what arrives, as an engine would read it. */
export class UdpSink {
  readonly packets: Uint8Array[] = [];
  readonly #socket: Socket = createSocket("udp4");

  /** Opens on `port`, or on a free one; resolves with the port. */
  async open(port = 0): Promise<number> {
    this.#socket.on("message", (bytes) => this.packets.push(new Uint8Array(bytes)));
    await new Promise<void>((resolve, reject) => {
      this.#socket.once("error", reject);
      this.#socket.bind(port, "127.0.0.1", resolve);
    });
    return this.#socket.address().port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}
