import type { IncomingMessage } from 'node:http';
import { HttpException, Logger } from '@nestjs/common';
import { drain } from './drain.js';
import type { Problem } from '@mailrun/contracts';
import { Refusal, errorMessage, isOutage, type RefusalKind } from '@mailrun/platform-errors';

/** The one place where refusals meet HTTP. */
export const statusOf: Readonly<Record<RefusalKind, number>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'precondition-failed': 412,
  'too-large': 413,
  'unsupported-media-type': 415,
  rule: 422,
  'precondition-required': 428,
  'too-many-requests': 429,
};

const titles: Readonly<Record<number, string>> = {
  400: 'Malformed request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  412: 'Precondition failed',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Refused by a rule',
  428: 'Precondition required',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available now',
};

const logger = new Logger('http');

/** What an answer with an error needs of the server's reply. */
export interface ProblemReply {
  status(code: number): ProblemReply;
  header(name: string, value: string): ProblemReply;
  send(body: string): unknown;
}

/** Answers anything thrown as `application/problem+json` (RFC 9457). Bugs are logged, and tell the caller nothing. */
export async function sendProblem(
  error: unknown,
  request: IncomingMessage,
  reply: ProblemReply,
): Promise<void> {
  const problem = problemOf(error);
  if (error instanceof Refusal && error.extra.retryAfterSeconds !== undefined) {
    reply.header('retry-after', String(Math.ceil(error.extra.retryAfterSeconds)));
  } else if (problem.status === 503) {
    reply.header('retry-after', '5');
  }
  if (!(await drain(request))) reply.header('connection', 'close');
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  reply
    .status(problem.status)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(problem));
}

function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) {
    const { errors } = error.extra;
    return problem(statusOf[error.kind], error.code, error.message, errors && [...errors]);
  }
  if (error instanceof HttpException) return fromStatus(error.getStatus(), error.message);
  // The server's own refusals: malformed URL, header too large, …
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500)
    return fromStatus(status, errorMessage(error));
  if (isOutage(error)) {
    logger.warn('A call failed because something that we depend on is away.', error);
    return problem(
      503,
      'service.unavailable',
      'Something that this call needs is not available now. Try again shortly.',
    );
  }
  logger.error('A call failed by a fault of ours.', error);
  return problem(
    500,
    'internal.error',
    'This is a fault of ours. It was logged; try again, or tell your operator.',
  );
}
const fromStatus = (status: number, message: string): Problem =>
  status === 404
    ? problem(404, 'route.not-found', 'There is nothing at this path. See /v1/openapi.json for the paths.')
    : problem(status, `http.${status}`, message);

function problem(status: number, code: string, detail: string, errors?: Problem['errors']): Problem {
  return {
    type: 'about:blank',
    title: titles[status] ?? 'Error',
    status,
    code,
    detail,
    ...(errors && { errors }),
  };
}
