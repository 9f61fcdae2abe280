import type { Mode } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import type { Tenant, TenantSettings } from '../../domain/tenant.js';

/** A tenant's mode that a service was not told of yet. */
export interface UntoldMode {
  readonly tenantId: string;
  readonly mode: Mode;
  readonly revision: number;
}

export abstract class TenantStore {
  abstract create(tx: Transaction, tenantId: string, settings: TenantSettings): Promise<Tenant>;
  abstract find(
    tx: Transaction,
    tenantId: string,
    options?: { forUpdate: boolean },
  ): Promise<Tenant | undefined>;
  abstract save(tx: Transaction, tenantId: string, settings: TenantSettings): Promise<Tenant>;
  /** Ids of all tenants. */
  abstract ids(tx: Transaction): Promise<string[]>;

  abstract hasAny(tx: Transaction): Promise<boolean>;
  /** Modes of all tenants whose newest revision was not confirmed. */
  abstract untoldModes(tx: Transaction, limit: number): Promise<UntoldMode[]>;
  abstract confirmMode(tx: Transaction, tenantId: string, revision: number): Promise<void>;
}
