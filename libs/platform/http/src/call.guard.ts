import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Readable } from 'node:stream';
import type { Route } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import { CallAuthenticator, type Call } from './call.js';
import { readJson } from './read-json.js';
import { validated } from './validate.js';

export const routeMetadata = 'mailrun:route';

export interface RequestWithCall {
  call?: Call;
  route?: Route;
  readonly headers: Record<string, string | undefined>;
  readonly params: unknown;
  readonly query: unknown;
  /** The raw bytes: no content type is parsed by the server itself. */
  readonly body: Readable | undefined;
  readonly raw: Readable;
}

/** Bodies of JSON routes; larger ones answer 413. An invoice's data may have 1 MiB. */
const maxJsonBytes = 4 * 1024 * 1024;

/** Authenticates and validates a call by its route, before the handler sees it. */
@Injectable()
export class CallGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: CallAuthenticator,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const route = this.reflector.get<Route>(routeMetadata, execution.getHandler());
    const request = execution.switchToHttp().getRequest<RequestWithCall>();
    const caller = await this.authenticator.authenticate(request.headers, route);
    const { headers } = request;
    const idempotencyKey = route.method === 'POST' ? headers['idempotency-key'] : undefined;
    if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) {
      throw new Refusal(
        'malformed',
        'idempotency-key.malformed',
        'Idempotency-Key is 1 to 200 printable ASCII characters.',
      );
    }
    const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    const stream = request.body ?? request.raw;
    const body = route.body?.kind === 'json' ? await this.readBody(route, stream, type, headers) : undefined;
    if (route.body?.kind === 'stream') checkType(route.body.contentTypes, type);
    const length = Number(headers['content-length']);
    request.route = route;
    request.call = {
      context: { ...caller, ...(idempotencyKey !== undefined && { idempotencyKey }) },
      params: route.params && validated(route.params, request.params, 'path'),
      query: route.query && validated(route.query, request.query, 'query'),
      body,
      content: {
        stream,
        type: headers['content-type'] ?? '',
        sizeBytes: Number.isInteger(length) ? length : undefined,
      },
      ifMatch: ifMatch(headers['if-match']),
    } as Call;
    return true;
  }

  private async readBody(
    route: Route,
    stream: Readable,
    type: string,
    headers: RequestWithCall['headers'],
  ): Promise<unknown> {
    if (route.body?.kind !== 'json') return undefined;
    // A POST without any body is an empty object: acts like prepare need nothing.
    const isEmpty =
      headers['content-length'] === '0' ||
      (headers['content-length'] ?? headers['transfer-encoding']) === undefined;
    if (isEmpty) return validated(route.body.schema, {}, 'body');
    checkType(['application/json'], type);
    return validated(route.body.schema, await readJson(stream, maxJsonBytes), 'body');
  }
}

function checkType(allowed: readonly string[], type: string): void {
  if (allowed.length > 0 && !allowed.includes(type)) {
    throw new Refusal(
      'unsupported-media-type',
      'content-type.unsupported',
      `Send Content-Type ${allowed.join(' or ')}.`,
    );
  }
}

function ifMatch(header: string | undefined): string | undefined {
  const value = header?.trim().replace(/^W\//, '');
  return value === undefined || value === '' ? undefined : value.replace(/^"(.*)"$/, '$1');
}
