import { SignJWT, jwtVerify } from 'jose';
import { Refusal } from '@mailrun/platform-errors';
import { CallAuthenticator, type Caller } from './call.js';

/** Tokens between services live this long; clocks may differ by half of it. */
const lifetimeSeconds = 120;
const issuer = 'mailrun';

/** Signs and checks the short-lived tokens (JWT, HS256) by which services call each other. */
export class InternalTokens {
  private readonly secret: Uint8Array;
  private readonly cache = new Map<string, { token: string; until: number }>();

  /** @param secret at least 32 characters, the same in every service */
  constructor(secret: string) {
    if (secret.length < 32)
      throw new Error('The secret of internal tokens must have at least 32 characters.');
    this.secret = new TextEncoder().encode(secret);
  }

  /** A token for the caller; made anew at half its life. */
  async sign(caller: Caller): Promise<string> {
    const claims = { tenant: caller.tenantId, key: caller.apiKeyId, actor: caller.actor };
    const cacheKey = JSON.stringify(claims);
    const cached = this.cache.get(cacheKey);
    if (cached !== undefined && cached.until > Date.now()) return cached.token;
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(issuer)
      .setIssuedAt()
      .setExpirationTime(`${lifetimeSeconds}s`)
      .sign(this.secret);
    if (this.cache.size >= 1000) this.cache.clear();
    this.cache.set(cacheKey, { token, until: Date.now() + (lifetimeSeconds * 1000) / 2 });
    return token;
  }

  async verify(token: string): Promise<Caller> {
    try {
      const { payload } = await jwtVerify(token, this.secret, {
        issuer,
        algorithms: ['HS256'],
        clockTolerance: lifetimeSeconds / 2,
      });
      const { tenant, key, actor } = payload as { tenant?: string; key?: string; actor?: string };
      if (tenant === undefined) throw new Error('no tenant');
      return {
        tenantId: tenant,
        ...(key !== undefined && { apiKeyId: key }),
        ...(actor !== undefined && { actor }),
      };
    } catch (cause) {
      throw new Refusal(
        'unauthenticated',
        'internal-token.invalid',
        `The internal token is not valid: ${String(cause)}`,
      );
    }
  }
}

/** For the internal listeners of services. */
export class InternalTokenAuthenticator extends CallAuthenticator {
  constructor(private readonly tokens: InternalTokens) {
    super();
  }

  async authenticate(headers: Readonly<Record<string, string | undefined>>): Promise<Caller> {
    const token = /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1];
    if (token === undefined) {
      throw new Refusal(
        'unauthenticated',
        'internal-token.missing',
        'Services call each other with an internal token.',
      );
    }
    return this.tokens.verify(token);
  }
}
