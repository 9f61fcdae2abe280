import type { LoggerService } from '@nestjs/common';
import { types } from 'node:util';
import type { Logger } from './logger.js';

/** What Nest itself has to say, as lines of ours: `NestFactory.create(module, { logger: new NestLogger(logger) })`. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  /** Nest's `log` is what it does while it starts: of no interest in operation. */
  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(...plain(message, rest));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(...plain(message, rest));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(...plain(message, rest));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(...plain(message, rest), errorIn(message, rest));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error(...plain(message, rest), errorIn(message, rest));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.logger.fatal(...plain(message, rest), errorIn(message, rest));
  }
}

/** Nest passes its context (a class name) as the last argument, and for errors a stack before it. */
function plain(message: unknown, rest: readonly unknown[]): [string, { context?: string; stack?: string }] {
  const texts = rest.filter((value) => typeof value === 'string');
  const stack = texts.find((value) => value.includes('\n    at '));
  const context = texts.findLast((value) => value !== stack);
  return [
    isError(message) ? message.message : String(message),
    { ...(context !== undefined && { context }), ...(stack !== undefined && { stack }) },
  ];
}

function errorIn(message: unknown, rest: readonly unknown[]): unknown {
  return [message, ...rest].find(isError);
}

function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}
