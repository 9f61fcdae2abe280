import { Injectable } from '@nestjs/common';
import type { Mode } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import { TenantStore, type UntoldMode } from '../../application/ports/tenant-store.port.js';
import type { Tenant, TenantSettings } from '../../domain/tenant.js';

interface TenantRow {
  tenant_id: string;
  name: string;
  mode: Mode;
  mode_revision: number;
  test_addresses: string[];
  allowed_bcc_domains: string[];
  locale: string;
  time_zone: string;
  version: number;
  created_at: Date;
  updated_at: Date;
}

@Injectable()
export class PostgresTenantStore extends TenantStore {
  async create(tx: Transaction, tenantId: string, settings: TenantSettings): Promise<Tenant> {
    const [row] = await tx.query<TenantRow>(
      `insert into tenants (tenant_id, name, mode, test_addresses, allowed_bcc_domains, locale, time_zone)
       values ($1, $2, $3, $4, $5, $6, $7) returning *`,
      valuesOf(tenantId, settings),
    );
    return this.withMode(tx, row);
  }

  async find(
    tx: Transaction,
    tenantId: string,
    options?: { forUpdate: boolean },
  ): Promise<Tenant | undefined> {
    const lock = options?.forUpdate === true ? ' for update' : '';
    const [row] = await tx.query<TenantRow>(`select * from tenants where tenant_id = $1${lock}`, [tenantId]);
    return row && toTenant(row);
  }

  async save(tx: Transaction, tenantId: string, settings: TenantSettings): Promise<Tenant> {
    const [row] = await tx.query<TenantRow>(
      `update tenants set name = $2, mode = $3, test_addresses = $4, allowed_bcc_domains = $5, locale = $6,
         time_zone = $7, version = version + 1, updated_at = now(),
         mode_revision = mode_revision + case when mode = $3 then 0 else 1 end
       where tenant_id = $1 returning *`,
      valuesOf(tenantId, settings),
    );
    return this.withMode(tx, row);
  }

  async ids(tx: Transaction): Promise<string[]> {
    const rows = await tx.query<{ id: string }>('select tenant_id as id from tenant_modes order by 1');
    return rows.map(({ id }) => id);
  }

  async hasAny(tx: Transaction): Promise<boolean> {
    return (await tx.query('select from tenant_modes limit 1')).length > 0;
  }

  untoldModes(tx: Transaction, limit: number): Promise<UntoldMode[]> {
    return tx.query<UntoldMode>(
      `select tenant_id as "tenantId", mode, revision from tenant_modes
       where confirmed_revision < revision order by tenant_id limit $1`,
      [limit],
    );
  }

  async confirmMode(tx: Transaction, tenantId: string, revision: number): Promise<void> {
    await tx.execute(
      'update tenant_modes set confirmed_revision = $2 where tenant_id = $1 and confirmed_revision < $2',
      [tenantId, revision],
    );
  }

  private async withMode(tx: Transaction, row: TenantRow | undefined): Promise<Tenant> {
    if (row === undefined) throw new Error('The tenant was not written.');
    await tx.execute(
      `insert into tenant_modes (tenant_id, mode, revision) values ($1, $2, $3)
       on conflict (tenant_id) do update set mode = excluded.mode, revision = excluded.revision`,
      [row.tenant_id, row.mode, row.mode_revision],
    );
    return toTenant(row);
  }
}

function valuesOf(tenantId: string, settings: TenantSettings): unknown[] {
  const { name, mode, testAddresses, allowedBccDomains, locale, timeZone } = settings;
  return [tenantId, name, mode, testAddresses, allowedBccDomains, locale, timeZone];
}

function toTenant(row: TenantRow): Tenant {
  return {
    id: row.tenant_id,
    name: row.name,
    mode: row.mode,
    modeRevision: row.mode_revision,
    testAddresses: row.test_addresses,
    allowedBccDomains: row.allowed_bcc_domains,
    locale: row.locale,
    timeZone: row.time_zone,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
