import { Injectable } from '@nestjs/common';
import type { Scope } from '@mailrun/contracts';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import { ApiKeyStore } from '../../application/ports/api-key-store.port.js';
import type { ApiKey } from '../../domain/api-key.js';

interface ApiKeyRow {
  id: string;
  tenant_id: string;
  name: string;
  secret_hash: string;
  scopes: Scope[];
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
}

@Injectable()
export class PostgresApiKeyStore extends ApiKeyStore {
  constructor(private readonly database: Database) {
    super();
  }

  async find(id: string): Promise<ApiKey | undefined> {
    const [owner] = await this.database.once<{ tenant_id: string }>(
      [],
      'tenant-of-api-key',
      'select tenant_id from api_key_tenants where id = $1',
      [id],
    );
    if (owner === undefined) return undefined;
    const [row] = await this.database.once<ApiKeyRow>(
      [owner.tenant_id],
      'find-api-key',
      'select * from api_keys where tenant_id = $1 and id = $2',
      [owner.tenant_id, id],
    );
    return row && toApiKey(row);
  }

  async add(tx: Transaction, key: Omit<ApiKey, 'createdAt' | 'revokedAt'>): Promise<ApiKey> {
    await tx.execute('insert into api_key_tenants (id, tenant_id) values ($1, $2)', [key.id, key.tenantId]);
    const [row] = await tx.query<ApiKeyRow>(
      `insert into api_keys (tenant_id, id, name, secret_hash, scopes, expires_at)
       values ($1, $2, $3, $4, $5, $6) returning *`,
      [key.tenantId, key.id, key.name, key.secretHash, key.scopes, key.expiresAt],
    );
    if (row === undefined) throw new Error('The API key was not written.');
    return toApiKey(row);
  }

  async list(tx: Transaction, tenantId: string, limit: number, after?: string): Promise<ApiKey[]> {
    const rows = await tx.query<ApiKeyRow>(
      `select * from api_keys where tenant_id = $1 and ($2::uuid is null or id > $2) order by id limit $3`,
      [tenantId, after ?? null, limit],
    );
    return rows.map(toApiKey);
  }

  async revoke(tx: Transaction, tenantId: string, id: string): Promise<boolean> {
    const changed = await tx.execute(
      'update api_keys set revoked_at = coalesce(revoked_at, now()) where tenant_id = $1 and id = $2',
      [tenantId, id],
    );
    return changed > 0;
  }
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    name: row.name,
    scopes: row.scopes,
    secretHash: row.secret_hash,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}
