import { Injectable } from '@nestjs/common';
import type { Scope } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import {
  Database,
  performAct,
  recordAudit,
  type ActContext,
  type Answer,
  type Transaction,
} from '@mailrun/platform-persistence';
import { newApiKey } from '@mailrun/platform-secrets';
import type { ApiKey } from '../../domain/api-key.js';
import { ApiKeyStore } from '../ports/api-key-store.port.js';

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
}

/** Makes, lists and revokes API keys. */
@Injectable()
export class ManageApiKeys {
  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeyStore,
  ) {}

  /**
   * The secret is in this answer only: it is not kept with an idempotency key either, so a repeated call gets a
   * conflict instead of the first answer.
   */
  async create(
    context: ActContext,
    wanted: NewKey,
    view: (key: ApiKey) => Record<string, unknown>,
  ): Promise<Answer> {
    let secret: string | undefined;
    const answer = await performAct(this.database, context, 'createApiKey', wanted, async (tx) => {
      const made = await this.add(tx, context.tenantId, wanted);
      secret = made.secret;
      const { id, name, scopes } = made.key;
      await recordAudit(tx, context, {
        action: 'api-key.created',
        subject: `api-key/${id}`,
        after: { name, scopes },
      });
      return { status: 201, body: view(made.key) };
    });
    if (secret === undefined) {
      throw new Refusal(
        'conflict',
        'api-key.made-before',
        'A key was made for this Idempotency-Key, and its secret is not kept. Make another one.',
      );
    }
    return { ...answer, body: { ...(answer.body as object), secret } };
  }

  /** Adds a key in the caller's transaction: also for the first key of a new tenant. */
  async add(tx: Transaction, tenantId: string, wanted: NewKey): Promise<{ key: ApiKey; secret: string }> {
    const [row] = await tx.query<{ id: string }>('select uuid_v7() as id');
    const id = row?.id as string;
    const { text, secretHash } = newApiKey(id);
    const key = await this.keys.add(tx, { id, tenantId, secretHash, ...wanted });
    return { key, secret: text };
  }

  list(tenantId: string, limit: number, after?: string): Promise<ApiKey[]> {
    return this.database.inTenant(tenantId, (tx) => this.keys.list(tx, tenantId, limit, after));
  }

  revoke(context: ActContext, id: string): Promise<void> {
    return this.database.inTenant(context.tenantId, async (tx) => {
      if (!(await this.keys.revoke(tx, context.tenantId, id))) {
        throw new Refusal('not-found', 'api-key.not-found', 'There is no such API key.');
      }
      await recordAudit(tx, context, { action: 'api-key.revoked', subject: `api-key/${id}` });
    });
  }
}
