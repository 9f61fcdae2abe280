import { Injectable } from '@nestjs/common';
import type { Scope } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import { parseApiKey, tokenMatches } from '@mailrun/platform-secrets';
import { isUsable, type ApiKey } from '../../domain/api-key.js';
import { ApiKeyStore } from '../ports/api-key-store.port.js';

/** Finds the API key that a caller shows. Read from the database at each call, so that revoking works at once. */
@Injectable()
export class Authenticate {
  constructor(private readonly keys: ApiKeyStore) {}

  /** @throws Refusal 401 without a usable key, 403 without the scope */
  async authenticate(bearer: string | undefined, scope: Scope): Promise<ApiKey> {
    const parts = bearer === undefined ? undefined : parseApiKey(bearer);
    const key = parts && (await this.keys.find(parts.id));
    if (
      parts === undefined ||
      key === undefined ||
      !tokenMatches(parts.secret, key.secretHash) ||
      !isUsable(key, new Date())
    ) {
      throw new Refusal(
        'unauthenticated',
        'api-key.invalid',
        'Send a valid API key: Authorization: Bearer mr_… It may be wrong, expired or revoked.',
      );
    }
    if (!key.scopes.includes(scope) && !key.scopes.includes('admin')) {
      throw new Refusal(
        'forbidden',
        'api-key.scope-missing',
        `This call needs the scope ${scope}, which the API key does not have.`,
      );
    }
    return key;
  }
}
