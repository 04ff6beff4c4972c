import { expect, test } from "vitest";
import { tarMembers } from "../../../inference/models/tar.ts";
import { tarOf } from "../../support/tarball.ts";

/** The archive in pieces of `size`, as a decompressor would hand them out. */
async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const read = async (bytes: Uint8Array, size = 700, limit = 10_000): Promise<[string, string][]> => {
  const found: [string, string][] = [];
  for await (const member of tarMembers(pieces(bytes, size), limit)) {
    const parts: Uint8Array[] = [];
    for await (const part of member.bytes) parts.push(part);
    found.push([member.name, Buffer.concat(parts).toString()]);
  }
  return found;
};

const file = (name: string, text: string, type?: string) => ({
  name,
  body: Buffer.from(text),
  ...(type !== undefined && { type }),
});

test.each([1, 511, 512, 513, 100_000])("files come out whole from pieces of %i bytes", async (size) => {
  const long = "x".repeat(1_500);
  const tar = tarOf([file("package/a.txt", "first"), file("package/empty", ""), file("package/b.txt", long)]);
  expect(await read(tar, size)).toEqual([
    ["package/a.txt", "first"],
    ["package/empty", ""],
    ["package/b.txt", long],
  ]);
});

test("a member that nobody reads is skipped", async () => {
  const tar = tarOf([file("a", "x".repeat(2_000)), file("b", "second")]);
  const names: string[] = [];
  for await (const member of tarMembers(pieces(tar, 100), 10_000)) names.push(member.name);
  expect(names).toEqual(["a", "b"]);
});

test("links and folders are never handed out", async () => {
  const tar = tarOf([file("link", "", "2"), file("folder", "", "5"), file("real", "here")]);
  expect(await read(tar)).toEqual([["real", "here"]]);
});

test("a long name comes from the pax header before the file", async () => {
  const name = `package/${"deep/".repeat(40)}model.onnx`;
  const record = (length: number): string => `${length} path=${name}\n`;
  const length = record(100).length;
  const tar = tarOf([file("pax", record(length), "x"), file("short", "body")]);
  expect(await read(tar)).toEqual([[name, "body"]]);
});

test("a member above the limit is refused before its bytes are read", async () => {
  await expect(read(tarOf([file("huge", "x".repeat(2_000))]), 700, 1_999)).rejects.toMatchObject({
    fault: "model",
  });
});

test("an archive that ends inside a file is refused", async () => {
  await expect(read(tarOf([file("a", "x".repeat(5_000))]).subarray(0, 3_000))).rejects.toMatchObject({
    fault: "model",
    message: expect.stringContaining("ends too early") as string,
  });
});

test("a header with a wrong checksum is refused", async () => {
  const tar = tarOf([file("a", "x")]);
  tar[3] = 65;
  await expect(read(tar)).rejects.toMatchObject({ fault: "model" });
});

test("bytes that are no archive at all are refused", async () => {
  await expect(read(Buffer.alloc(2_048, 7))).rejects.toMatchObject({ fault: "model" });
});
