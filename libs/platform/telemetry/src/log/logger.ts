/** Facts beside a message. Ids, codes, counts and durations; no names, addresses or contents at info and above. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Structured log lines: one fixed sentence, and fields for what differs. Type and Nest token in one. */
export abstract class Logger {
  abstract debug(message: string, fields?: LogFields): void;
  abstract info(message: string, fields?: LogFields): void;
  /** `error` is logged with its code, stack and causes. */
  abstract warn(message: string, fields?: LogFields, error?: unknown): void;
  abstract error(message: string, fields?: LogFields, error?: unknown): void;
  abstract fatal(message: string, fields?: LogFields, error?: unknown): void;
  /** A logger that adds the fields to every line, for instance `{ service: 'runs' }`. */
  abstract child(fields: LogFields): Logger;
}
