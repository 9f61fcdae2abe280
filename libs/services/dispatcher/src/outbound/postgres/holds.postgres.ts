import { Injectable } from '@nestjs/common';
import { Database } from '@mailrun/platform-persistence';
import { Holds } from '../../application/ports/holds.port.js';
import type { Hold } from '../../domain/hold.js';

@Injectable()
export class PostgresHolds extends Holds {
  constructor(private readonly database: Database) {
    super();
  }

  async put({ scope, reason, note }: Omit<Hold, 'since'>): Promise<void> {
    await this.database.withoutTenant((tx) =>
      tx.execute(
        `insert into dispatch_holds as h (scope, reason, note) values ($1, $2, $3)
         on conflict (scope) do update set reason = excluded.reason, note = excluded.note
         where h.reason = 'operator' and excluded.reason = 'restored'`,
        [scope, reason, note ?? null],
      ),
    );
  }

  async remove(scope: string): Promise<boolean> {
    const count = await this.database.withoutTenant((tx) =>
      tx.execute('delete from dispatch_holds where scope = $1', [scope]),
    );
    return count > 0;
  }

  async list(): Promise<Hold[]> {
    const rows = await this.database.withoutTenant((tx) =>
      tx.query<Omit<Hold, 'note'> & { note: string | null }>(
        'select scope, reason, note, since from dispatch_holds order by since, scope',
      ),
    );
    return rows.map((row) => ({ ...row, note: row.note ?? undefined }));
  }
}
