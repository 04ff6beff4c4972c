import { BunrakuError } from "../../bridge/core/errors.ts";

/** One file inside a tar stream. `bytes` must be read, or left, before the next member is asked for. */
export interface TarMember {
  readonly name: string;
  readonly size: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

const BLOCK = 512;
/** Long names and attributes are small; anything larger is an attack or damage. */
const MAX_META = 64 * 1_024;
const MAX_MEMBERS = 20_000;

/**
 * Regular files of an uncompressed ustar/pax stream, in order. Links, devices and folders are skipped: nothing is ever
 * written by the archive's own paths. Throws fault `model` on a damaged archive or a member above `maxBytes`.
 */
export async function* tarMembers(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<TarMember, void, undefined> {
  const reader = new BlockReader(stream);
  let longName: string | undefined;
  try {
    for (let count = 0; ; count++) {
      const header = await reader.take(BLOCK);
      if (header === undefined || header.every((byte) => byte === 0)) return;
      if (count > MAX_MEMBERS) throw damaged("it holds too many files");
      if (!checksumMatches(header)) throw damaged("a header's checksum differs");
      const size = octal(header.subarray(124, 136));
      const type = String.fromCharCode(header[156] ?? 0);
      const padded = Math.ceil(size / BLOCK) * BLOCK;
      if (type === "x" || type === "L") {
        if (size > MAX_META) throw damaged("a file name is too long");
        const meta = (await reader.exactly(padded)).subarray(0, size);
        longName = type === "x" ? (paxPath(meta) ?? longName) : text(meta);
        continue;
      }
      const name = longName ?? headerName(header);
      longName = undefined;
      if (type !== "0" && type !== "\0") {
        await reader.skip(padded);
        continue;
      }
      if (size > maxBytes) throw damaged(`${name} is larger than ${maxBytes} bytes`);
      const body = reader.body(size);
      yield { name, size, bytes: body.bytes };
      await reader.skip(body.left() + padded - size);
    }
  } finally {
    await reader.close();
  }
}

/** Cuts a byte stream into the lengths that tar asks for. */
class BlockReader {
  readonly #stream: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#stream = stream[Symbol.asyncIterator]();
  }

  /** The next `length` bytes, or undefined at the clean end of the stream. */
  async take(length: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    let held = 0;
    while (held < length) {
      const part = await this.#some(length - held);
      if (part === undefined) {
        if (held === 0) return undefined;
        throw damaged("it ends too early");
      }
      parts.push(part);
      held += part.length;
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  async exactly(length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array(0);
    const bytes = await this.take(length);
    if (bytes === undefined) throw damaged("it ends too early");
    return bytes;
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0;) {
      const part = await this.#some(left);
      if (part === undefined) throw damaged("it ends too early");
      left -= part.length;
    }
  }

  body(size: number): { bytes: AsyncIterable<Uint8Array>; left: () => number } {
    let left = size;
    const some = (): Promise<Uint8Array | undefined> => this.#some(left);
    async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
      while (left > 0) {
        const part = await some();
        if (part === undefined) throw damaged("it ends too early");
        left -= part.length;
        yield part;
      }
    }
    return { bytes: read(), left: () => left };
  }

  async close(): Promise<void> {
    await this.#stream.return?.();
  }

  async #some(most: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#stream.next();
      if (next.done === true) return undefined;
      this.#rest = next.value;
    }
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }
}

const damaged = (why: string): BunrakuError =>
  new BunrakuError("model", `the package archive is damaged: ${why}; run \`bunraku models pull\` again`);

const text = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString("utf8");
};

const octal = (bytes: Uint8Array): number => {
  // Base-256 sizes (first bit set) only occur above 8 GB, which no model here reaches.
  const digits = text(bytes).trim();
  if (!/^[0-7]*$/.test(digits)) throw damaged("a size is not a number");
  return digits === "" ? 0 : Number.parseInt(digits, 8);
};

const checksumMatches = (header: Uint8Array): boolean => {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : (header[i] ?? 0);
  return sum === octal(header.subarray(148, 156));
};

const headerName = (header: Uint8Array): string => {
  const ustar = text(header.subarray(257, 262)) === "ustar";
  const prefix = ustar ? text(header.subarray(345, 500)) : "";
  const name = text(header.subarray(0, 100));
  return prefix === "" ? name : `${prefix}/${name}`;
};

const paxPath = (meta: Uint8Array): string | undefined =>
  /(?:^|\n)\d+ path=([^\n]*)\n/.exec(Buffer.from(meta).toString("utf8"))?.[1];
