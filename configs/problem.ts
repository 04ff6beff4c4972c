/** Something in a configuration that has to change, where it stands, and how. */
export interface Problem {
  /** File as it was named, or "environment" for a variable. */
  readonly file: string;
  /** 1 and up; 0 where there is no place in a file. */
  readonly line: number;
  readonly column: number;
  /** `listen.port`, `puppets[0].id`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
  /** What was probably meant; empty where we cannot tell. */
  readonly suggestion: string;
}

/** `listen.port` from its parts. */
export const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");

/** `presets/zh.yaml:7:9 listen.port: must be … (Did you mean …?)`: one problem on one line. */
export const problemLine = ({ file, line, column, path, message, suggestion }: Problem): string => {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  return `${place} ${path === "" ? "" : `${path}: `}${message}${suggestion === "" ? "" : ` ${suggestion}`}`;
};
