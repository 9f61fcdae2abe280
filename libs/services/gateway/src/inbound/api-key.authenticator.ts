import { Injectable } from '@nestjs/common';
import type { Route } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import { CallAuthenticator, type Caller } from '@mailrun/platform-http';
import { Authenticate } from '../application/authenticate/authenticate.use-case.js';
import { RateLimit } from '../domain/rate-limit.js';

/** For the public listener: API keys, their scopes, the person they act for, and a rate for each key. */
@Injectable()
export class ApiKeyAuthenticator extends CallAuthenticator {
  constructor(
    private readonly authentication: Authenticate,
    private readonly rate: RateLimit,
  ) {
    super();
  }

  async authenticate(headers: Readonly<Record<string, string | undefined>>, route: Route): Promise<Caller> {
    if (route.scope === undefined) throw new Error(`Route ${route.id} is public and has no scope.`);
    const bearer = /^Bearer (\S+)$/i.exec(headers['authorization'] ?? '')?.[1];
    const key = await this.authentication.authenticate(bearer, route.scope);
    const waitSeconds = this.rate.take(key.id, performance.now());
    if (waitSeconds > 0) {
      throw new Refusal(
        'too-many-requests',
        'api-key.rate-exceeded',
        'This API key calls too often. Wait as Retry-After says.',
        {
          retryAfterSeconds: waitSeconds,
        },
      );
    }
    const actor = headers['mailrun-actor'];
    if (actor !== undefined && !key.scopes.includes('act-for')) {
      throw new Refusal(
        'forbidden',
        'api-key.scope-missing',
        'Mailrun-Actor needs an API key with the scope act-for.',
      );
    }
    if (actor !== undefined && !/^[\x20-\x7e\u00a0-\u00ff]{1,200}$/.test(actor)) {
      throw new Refusal(
        'malformed',
        'actor.malformed',
        'Mailrun-Actor is a name of at most 200 printable characters.',
      );
    }
    return {
      tenantId: key.tenantId,
      apiKeyId: key.id,
      scopes: key.scopes,
      ...(actor !== undefined && { actor }),
    };
  }
}
