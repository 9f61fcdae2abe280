import { Injectable } from '@nestjs/common';
import type { Import } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import { ImportReads, type ImportRefusalItem } from '../../../application/ports/import-reads.port.js';

/** Of the refusals, in the import itself. */
const firstRefusals = 100;

interface Row extends Pick<Import, 'id' | 'kind' | 'state'> {
  lines: string;
  created: string;
  updated: string;
  unchanged: string;
  refused: string;
  started_at: Date;
  ended_at: Date | null;
}

// An import touches its row every five seconds: after a minute of silence its process is dead.
const selectImports = `select id, kind, lines, created, updated, unchanged, refused, started_at,
    case when is_silent then 'interrupted' else state end as state,
    case when is_silent then touched_at else ended_at end as ended_at
  from imports, lateral (select state = 'running' and touched_at < now() - interval '1 minute' as is_silent) as life`;

@Injectable()
export class PostgresImportReads extends ImportReads {
  override async list(
    tx: Transaction,
    tenantId: string,
    limit: number,
    before?: string,
  ): Promise<Omit<Import, 'refusals'>[]> {
    const rows = await tx.query<Row>(
      `${selectImports} where tenant_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`,
      [tenantId, before ?? null, limit],
    );
    return rows.map(toImport);
  }

  override async find(tx: Transaction, tenantId: string, id: string): Promise<Import | undefined> {
    const [row] = await tx.query<Row>(`${selectImports} where tenant_id = $1 and id = $2`, [tenantId, id]);
    if (row === undefined) return undefined;
    const refusals = await this.listRefusals(tx, tenantId, id, {
      limit: firstRefusals - 1,
      after: undefined,
    });
    return {
      ...toImport(row),
      refusals: refusals.map(({ line, pointer, code, detail }) => ({ line, pointer, code, detail })),
    };
  }

  override async listRefusals(
    tx: Transaction,
    tenantId: string,
    id: string,
    { limit, after }: Parameters<ImportReads['listRefusals']>[3],
  ): Promise<ImportRefusalItem[]> {
    const [line, position] = after ?? [0, 0];
    const rows = await tx.query<Omit<ImportRefusalItem, 'line'> & { line: string }>(
      `select line, position, pointer, code, detail from import_refusals
       where tenant_id = $1 and import_id = $2 and (line, position) > ($3, $4) order by line, position limit $5`,
      [tenantId, id, line, position, limit + 1],
    );
    return rows.map((row) => ({ ...row, line: Number(row.line) }));
  }
}

function toImport(row: Row): Omit<Import, 'refusals'> {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    lines: Number(row.lines),
    created: Number(row.created),
    updated: Number(row.updated),
    unchanged: Number(row.unchanged),
    refused: Number(row.refused),
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
  };
}
