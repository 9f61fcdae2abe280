import { Injectable } from '@nestjs/common';
import { Refusal } from '@mailrun/platform-errors';
import { Database, recordAudit, type ActContext } from '@mailrun/platform-persistence';
import { scopes } from '@mailrun/contracts';
import type { Tenant, TenantSettings } from '../../domain/tenant.js';
import { ManageApiKeys } from '../manage-api-keys/manage-api-keys.use-case.js';
import { TenantStore } from '../ports/tenant-store.port.js';
import { TellTenantMode } from '../tell-tenant-mode/tell-tenant-mode.use-case.js';

/** Makes, reads and changes tenants. */
@Injectable()
export class ChangeTenant {
  constructor(
    private readonly database: Database,
    private readonly tenants: TenantStore,
    private readonly apiKeys: ManageApiKeys,
    private readonly telling: TellTenantMode,
  ) {}

  /** A new tenant with a first API key that may do everything; its secret is shown once. */
  async create(settings: TenantSettings, apiKeyName: string): Promise<{ tenant: Tenant; apiKey: string }> {
    const [row] = await this.database.withoutTenant((tx) =>
      tx.query<{ id: string }>('select uuid_v7() as id'),
    );
    const tenantId = row?.id as string;
    return this.database.inTenant(tenantId, async (tx) => {
      const tenant = await this.tenants.create(tx, tenantId, settings);
      const { secret } = await this.apiKeys.add(tx, tenantId, { name: apiKeyName, scopes, expiresAt: null });
      await recordAudit(
        tx,
        { tenantId, actor: 'command line' },
        { action: 'tenant.created', subject: `tenant/${tenantId}`, after: settings },
      );
      return { tenant, apiKey: secret };
    });
  }

  /** Ids of all tenants. */
  ids(): Promise<string[]> {
    return this.database.withoutTenant((tx) => this.tenants.ids(tx));
  }

  /** Whether any tenant was made. */
  async hasAny(): Promise<boolean> {
    return this.database.withoutTenant((tx) => this.tenants.hasAny(tx));
  }

  /** @throws Refusal `tenant.not-found` */
  read(tenantId: string): Promise<Tenant> {
    return this.database.inTenant(tenantId, async (tx) => {
      const tenant = await this.tenants.find(tx, tenantId);
      if (tenant === undefined)
        throw new Refusal('not-found', 'tenant.not-found', 'There is no such tenant.');
      return tenant;
    });
  }

  async change(
    context: ActContext,
    settings: TenantSettings,
    check: (stored: Tenant) => void,
  ): Promise<Tenant> {
    const { tenantId } = context;
    const { before, tenant } = await this.database.inTenant(tenantId, async (tx) => {
      const stored = await this.tenants.find(tx, tenantId, { forUpdate: true });
      if (stored === undefined)
        throw new Refusal('not-found', 'tenant.not-found', 'There is no such tenant.');
      check(stored);
      if (settings.mode === 'test' && settings.testAddresses.length === 0) {
        throw new Refusal(
          'rule',
          'tenant.test-address-missing',
          'Give a test address: in mode test every mail goes there.',
          {
            errors: [{ pointer: '/testAddresses', code: 'required', detail: 'Give at least one address.' }],
          },
        );
      }
      const saved = await this.tenants.save(tx, tenantId, settings);
      await recordAudit(tx, context, {
        action: 'tenant.changed',
        subject: `tenant/${tenantId}`,
        before: stored,
        after: saved,
      });
      return { before: stored, tenant: saved };
    });
    // At once, so that the answer comes when it holds; what can't be told now is repeated until it is confirmed.
    if (before.mode !== tenant.mode) await this.telling.tellAll();
    return tenant;
  }
}
