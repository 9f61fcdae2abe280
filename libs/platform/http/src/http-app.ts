import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { LoggerService } from '@nestjs/common';
import { ProblemFilter } from './problem.filter.js';

export interface HttpAppOptions {
  readonly logger?: LoggerService | false;
  /** Behind a reverse proxy: trust its X-Forwarded-* headers. */
  readonly trustProxy?: boolean;
}

/**
 * A Nest application on Fastify as every process of ours has it: bodies stay raw streams until a route's guard reads
 * them, errors are problem+json, codes in paths may be long. The module must provide a `CallAuthenticator`.
 */
export async function createHttpApp(
  module: unknown,
  options: HttpAppOptions = {},
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: 1024 * 1024 * 1024,
    trustProxy: options.trustProxy ?? false,
    requestTimeout: 0,
    routerOptions: { maxParamLength: 2000 },
  });
  const app = await NestFactory.create<NestFastifyApplication>(module as never, adapter, {
    bodyParser: false,
    bufferLogs: false,
    abortOnError: false,
    ...(options.logger !== undefined && { logger: options.logger }),
  });
  const server = adapter.getInstance();
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.useGlobalFilters(new ProblemFilter());
  return app;
}
