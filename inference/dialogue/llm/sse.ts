/** One server-sent event; `event` is "message" where the server named none. */
export interface SseEvent {
  readonly event: string;
  readonly data: string;
}

/**
 * Server-sent events out of bytes, cut anywhere (WHATWG HTML, "Interpreting an event stream"): LF, CRLF and CR, a BOM,
 * comments, data over several lines. Any bytes are accepted; what is no event is skipped. The caller bounds the input.
 */
export class SseReader {
  readonly #decoder = new TextDecoder("utf-8");
  #line = "";
  #data: string[] = [];
  #event = "";
  /** The last character was a CR: an LF that follows belongs to it. */
  #afterReturn = false;

  /** The events that `bytes` complete. */
  push(bytes: Uint8Array): SseEvent[] {
    return this.#read(this.#decoder.decode(bytes, { stream: true }));
  }

  /** The last event of a server that forgot the blank line after it. */
  end(): SseEvent[] {
    return this.#read(`${this.#decoder.decode()}\n\n`);
  }

  #read(text: string): SseEvent[] {
    const events: SseEvent[] = [];
    let from = this.#afterReturn && text.startsWith("\n") ? 1 : 0;
    if (text !== "") this.#afterReturn = false;
    for (let at = from; at < text.length; at++) {
      const character = text[at];
      if (character !== "\n" && character !== "\r") continue;
      this.#endLine(this.#line + text.slice(from, at), events);
      this.#line = "";
      if (character === "\r" && text[at + 1] === "\n") at++;
      else if (character === "\r" && at + 1 === text.length) this.#afterReturn = true;
      from = at + 1;
    }
    this.#line += text.slice(from);
    return events;
  }

  #endLine(line: string, events: SseEvent[]): void {
    if (line === "") {
      if (this.#data.length > 0)
        events.push({ event: this.#event || "message", data: this.#data.join("\n") });
      this.#data = [];
      this.#event = "";
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const rest = colon < 0 ? "" : line.slice(colon + 1);
    const value = rest.startsWith(" ") ? rest.slice(1) : rest;
    if (field === "data") this.#data.push(value);
    if (field === "event") this.#event = value;
  }
}
