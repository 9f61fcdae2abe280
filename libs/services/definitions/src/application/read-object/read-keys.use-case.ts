import { Injectable } from '@nestjs/common';
import { Database } from '@mailrun/platform-persistence';
import type { Kind } from '../../domain/configuration-object.js';
import { ConfigurationStore } from '../ports/configuration-store.port.js';

/** More keys of one kind than any tenant has; an answer never grows without bound. */
const maxKeys = 10_000;

/** The keys of whole kinds, for imports that refuse unknown ones. */
@Injectable()
export class ReadKeys {
  constructor(
    private readonly database: Database,
    private readonly store: ConfigurationStore,
  ) {}

  read(tenantId: string, kinds: readonly Kind[]): Promise<string[][]> {
    return this.database.inTenant(tenantId, async (tx) => {
      const all = [];
      for (const kind of kinds) {
        all.push((await this.store.list(tx, tenantId, kind, maxKeys)).map((object) => object.key));
      }
      return all;
    });
  }
}
