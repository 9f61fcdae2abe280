import { pino, type DestinationStream } from 'pino';
import { errorFields } from './error-fields.js';
import { Logger, type LogFields, type LogLevel } from './logger.js';

/** Should a secret come along in spite of the rule, it is not written. */
const secretNames = [
  'password',
  'passwords',
  'secret',
  'token',
  'authorization',
  'apiKey',
  'cookie',
  'databaseUrl',
];

export interface PinoLoggerOptions {
  readonly level: LogLevel;
  /** Fields of every line. */
  readonly base: LogFields;
  /** Default: standard output, written synchronously, so that the last words of a dying process are not lost. */
  readonly destination?: DestinationStream;
}

/** JSON lines by pino: `{"level":"info","time":"…","service":"runs","msg":"…",…}`. */
export class PinoLogger extends Logger {
  private constructor(private readonly log: pino.Logger) {
    super();
  }

  static create({ level, base, destination }: PinoLoggerOptions): PinoLogger {
    const options = {
      level,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
    };
    return new PinoLogger(pino(options, destination ?? pino.destination({ sync: true })));
  }

  override debug(message: string, fields?: LogFields): void {
    this.log.debug(fields ?? {}, message);
  }

  override info(message: string, fields?: LogFields): void {
    this.log.info(fields ?? {}, message);
  }

  override warn(message: string, fields?: LogFields, error?: unknown): void {
    this.log.warn(withError(fields, error), message);
  }

  override error(message: string, fields?: LogFields, error?: unknown): void {
    this.log.error(withError(fields, error), message);
  }

  override fatal(message: string, fields?: LogFields, error?: unknown): void {
    this.log.fatal(withError(fields, error), message);
  }

  override child(fields: LogFields): Logger {
    return new PinoLogger(this.log.child(fields));
  }
}

function withError(fields: LogFields | undefined, error: unknown): object {
  return error === undefined ? { ...fields } : { ...fields, error: errorFields(error) };
}
