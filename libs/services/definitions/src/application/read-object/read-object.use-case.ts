import { Injectable } from '@nestjs/common';
import { Database } from '@mailrun/platform-persistence';
import type { ConfigurationObject, Kind, PublishedVersion } from '../../domain/configuration-object.js';
import { notFound } from '../change-object/change-object.use-case.js';
import { ConfigurationStore } from '../ports/configuration-store.port.js';

/** Reads configuration objects and their published versions. */
@Injectable()
export class ReadObject {
  constructor(
    private readonly database: Database,
    private readonly store: ConfigurationStore,
  ) {}

  /** @throws Refusal `<kind>.not-found` */
  get(tenantId: string, kind: Kind, key: string): Promise<ConfigurationObject> {
    return this.database.inTenant(tenantId, async (tx) => {
      const found = await this.store.find(tx, tenantId, kind, key);
      if (found === undefined) throw notFound(kind, key);
      return found;
    });
  }

  list(tenantId: string, kind: Kind, limit: number, after?: string): Promise<ConfigurationObject[]> {
    return this.database.inTenant(tenantId, (tx) => this.store.list(tx, tenantId, kind, limit, after));
  }

  /** @throws Refusal `<kind>.not-found` */
  versions(
    tenantId: string,
    kind: Kind,
    key: string,
    limit: number,
    before?: number,
  ): Promise<PublishedVersion[]> {
    return this.database.inTenant(tenantId, async (tx) => {
      if ((await this.store.find(tx, tenantId, kind, key)) === undefined) throw notFound(kind, key);
      return this.store.versions(tx, tenantId, kind, key, limit, before);
    });
  }
}
