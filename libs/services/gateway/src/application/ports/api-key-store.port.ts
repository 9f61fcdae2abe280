import type { Transaction } from '@mailrun/platform-persistence';
import type { ApiKey } from '../../domain/api-key.js';

export abstract class ApiKeyStore {
  /** Before it is known whose it is: that is in an index without content. Asked at each call of the API. */
  abstract find(id: string): Promise<ApiKey | undefined>;
  abstract add(tx: Transaction, key: Omit<ApiKey, 'createdAt' | 'revokedAt'>): Promise<ApiKey>;
  abstract list(tx: Transaction, tenantId: string, limit: number, after?: string): Promise<ApiKey[]>;
  abstract revoke(tx: Transaction, tenantId: string, id: string): Promise<boolean>;
}
