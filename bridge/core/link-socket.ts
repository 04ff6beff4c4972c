/** A connected peer's byte carrier, whatever it is: one item is one whole message. */
export interface LinkSocket {
  /** Where the peer is, for logs. */
  readonly peer: string;
  /** Sends now or says false: closed, or so slow that its buffer is full and the message is dropped. */
  send(bytes: Uint8Array): boolean;
  /** Messages as they came, bounded; ends when the peer goes. One reader. */
  readonly messages: AsyncIterable<Uint8Array>;
  /** Ends the connection with a reason of at most 120 characters. */
  close(reason: string): void;
}
