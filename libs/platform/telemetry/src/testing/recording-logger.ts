import { Logger, type LogFields } from '../log/logger.js';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  readonly message: string;
  readonly fields: LogFields;
  readonly error?: unknown;
}

/** A logger that keeps its lines for assertions; children write to the same list. */
export class RecordingLogger extends Logger {
  constructor(
    readonly lines: LogLine[] = [],
    private readonly base: LogFields = {},
  ) {
    super();
  }

  override debug(message: string, fields?: LogFields): void {
    this.add('debug', message, fields);
  }

  override info(message: string, fields?: LogFields): void {
    this.add('info', message, fields);
  }

  override warn(message: string, fields?: LogFields, error?: unknown): void {
    this.add('warn', message, fields, error);
  }

  override error(message: string, fields?: LogFields, error?: unknown): void {
    this.add('error', message, fields, error);
  }

  override fatal(message: string, fields?: LogFields, error?: unknown): void {
    this.add('fatal', message, fields, error);
  }

  override child(fields: LogFields): Logger {
    return new RecordingLogger(this.lines, { ...this.base, ...fields });
  }

  private add(level: LogLine['level'], message: string, fields?: LogFields, error?: unknown): void {
    this.lines.push({
      level,
      message,
      fields: { ...this.base, ...fields },
      ...(error !== undefined && { error }),
    });
  }
}
