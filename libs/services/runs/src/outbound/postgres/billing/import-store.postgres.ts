import { Injectable } from '@nestjs/common';
import type { ImportKind } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import {
  ImportStore,
  type ImportCounts,
  type ImportRefusal,
} from '../../../application/ports/import-store.port.js';

@Injectable()
export class PostgresImportStore extends ImportStore {
  override async begin(tx: Transaction, tenantId: string, kind: ImportKind): Promise<string> {
    const [row] = await tx.query<{ id: string }>(
      `insert into imports (tenant_id, kind, state) values ($1, $2, 'running') returning id`,
      [tenantId, kind],
    );
    return row!.id;
  }

  override async add(
    tx: Transaction,
    tenantId: string,
    importId: string,
    { created, updated, unchanged, refused }: ImportCounts,
    refusals: readonly ImportRefusal[],
  ): Promise<void> {
    await tx.execute(
      `update imports set lines = lines + $3 + $4 + $5 + $6, created = created + $3, updated = updated + $4,
         unchanged = unchanged + $5, refused = refused + $6, touched_at = now()
       where tenant_id = $1 and id = $2`,
      [tenantId, importId, created, updated, unchanged, refused],
    );
    if (refusals.length === 0) return;
    await tx.execute(
      `insert into import_refusals (tenant_id, import_id, line, position, pointer, code, detail)
       select $1, $2, line, position, pointer, code, detail
       from jsonb_to_recordset($3) as x(line bigint, position int, pointer text, code text, detail text)`,
      [tenantId, importId, JSON.stringify(refusals)],
    );
  }

  override async end(
    tx: Transaction,
    tenantId: string,
    importId: string,
    state: 'completed' | 'interrupted',
  ): Promise<void> {
    await tx.execute(
      `update imports set state = $3, ended_at = now(), touched_at = now() where tenant_id = $1 and id = $2`,
      [tenantId, importId, state],
    );
  }
}
