/** The text fields and files of a multipart body; enough for what OpenAI clients send. */
export const multipartOf = (
  bytes: Buffer,
  contentType: string,
): { fields: Record<string, string>; files: Map<string, Buffer> } => {
  const fields: Record<string, string> = {};
  const files = new Map<string, Buffer>();
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) return { fields, files };
  const mark = Buffer.from(`--${boundary}`);
  for (let at = bytes.indexOf(mark); at >= 0;) {
    const next = bytes.indexOf(mark, at + mark.length);
    if (next < 0) break;
    const part = bytes.subarray(at + mark.length + 2, next - 2);
    const split = part.indexOf("\r\n\r\n");
    const head = part.subarray(0, split).toString("utf8");
    const name = /name="([^"]*)"/.exec(head)?.[1];
    if (name !== undefined && split >= 0) {
      const body = part.subarray(split + 4);
      if (head.includes("filename=")) files.set(name, body);
      else fields[name] = body.toString("utf8");
    }
    at = next;
  }
  return { fields, files };
};

/** Length of a WAV file's sound by its own header; 0 where it is no WAV. */
export const wavSeconds = (file: Buffer): number => {
  if (file.length < 44 || file.toString("latin1", 0, 4) !== "RIFF") return 0;
  const byteRate = file.readUInt32LE(28);
  return byteRate === 0 ? 0 : (file.length - 44) / byteRate;
};
