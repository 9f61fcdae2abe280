import type { Transaction } from '@mailrun/platform-persistence';
import type { ApiKey } from '../../domain/api-key.js';

export abstract class ApiKeyStore {
  /** Whose key it is: from an index without content, read before the tenant is known. */
  abstract tenantOf(tx: Transaction, id: string): Promise<string | undefined>;
  abstract find(tx: Transaction, tenantId: string, id: string): Promise<ApiKey | undefined>;
  abstract add(tx: Transaction, key: Omit<ApiKey, 'createdAt' | 'revokedAt'>): Promise<ApiKey>;
  abstract list(tx: Transaction, tenantId: string, limit: number, after?: string): Promise<ApiKey[]>;
  abstract revoke(tx: Transaction, tenantId: string, id: string): Promise<boolean>;
}
