import { gzipSync } from "node:zlib";

export interface TarFile {
  readonly name: string;
  readonly body: Uint8Array;
  /** ustar type flag; "0" is a file. */
  readonly type?: string;
}

const header = (name: string, size: number, type: string): Buffer => {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100, "utf8");
  block.write("0000644\0", 100, "latin1");
  block.write(`${size.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  block.write("        ", 148, "latin1");
  block.write(type, 156, "latin1");
  block.write("ustar\0", 257, "latin1");
  block.write("00", 263, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
};

/** A tar of `files`, as npm packs them. */
export const tarOf = (files: readonly TarFile[]): Buffer =>
  Buffer.concat([
    ...files.flatMap(({ name, body, type = "0" }) => [
      header(name, body.length, type),
      body,
      Buffer.alloc((512 - (body.length % 512)) % 512),
    ]),
    Buffer.alloc(1024),
  ]);

export const tarballOf = (files: readonly TarFile[]): Buffer => gzipSync(tarOf(files));
