export type LogLevel = "debug" | "info" | "warn" | "error";

/** Fields of a log line. Transcripts, prompts and faces go under `pii` only. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A log whose every line carries `fields`. */
  with(fields: LogFields): Log;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export interface LogOptions {
  readonly level: LogLevel;
  /** Receives one line without its newline. */
  readonly write: (line: string) => void;
  /** Values that must never appear in a line. */
  readonly secrets?: readonly string[];
  /** Leave out `pii` fields. */
  readonly hidePii?: boolean;
  /** Wall-clock text for a line. */
  readonly stamp?: () => string;
}

/** One structured event per line: time, level, event, then fields as JSON. Secrets are replaced by value. */
export const createLog = (options: LogOptions, bound: LogFields = {}): Log => {
  const line = (level: LogLevel, event: string, fields: LogFields): void => {
    if (RANK[level] < RANK[options.level]) return;
    const all: Record<string, unknown> = { ...bound, ...fields };
    if (options.hidePii === true) delete all["pii"];
    const tail = Object.keys(all).length === 0 ? "" : ` ${safeJson(all)}`;
    const stamp = options.stamp === undefined ? "" : `${options.stamp()} `;
    options.write(redact(`${stamp}${level} ${event}${tail}`, options.secrets ?? []));
  };
  return {
    debug: (event, fields = {}) => line("debug", event, fields),
    info: (event, fields = {}) => line("info", event, fields),
    warn: (event, fields = {}) => line("warn", event, fields),
    error: (event, fields = {}) => line("error", event, fields),
    with: (fields) => createLog(options, { ...bound, ...fields }),
  };
};

/** A log nobody reads. */
export const silentLog: Log = createLog({ level: "error", write: () => undefined });

const redact = (line: string, secrets: readonly string[]): string =>
  secrets.reduce((text, secret) => (secret.length < 4 ? text : text.replaceAll(secret, "[secret]")), line);

const safeJson = (fields: Record<string, unknown>): string => {
  try {
    return JSON.stringify(fields, (_key, value: unknown) => {
      if (value instanceof Error) return value.message;
      return typeof value === "bigint" ? value.toString() : value;
    });
  } catch {
    return '{"unprintable":true}';
  }
};
