import { Injectable } from '@nestjs/common';
import { Database } from '@mailrun/platform-persistence';
import { Epochs } from '../../application/ports/epochs.port.js';

interface EpochRow {
  readonly epoch: string;
}

@Injectable()
export class PostgresEpochs extends Epochs {
  constructor(private readonly database: Database) {
    super();
  }

  async current(): Promise<number> {
    const [row] = await this.query('select epoch from dispatch_epoch', []);
    return Number(row!.epoch);
  }

  async raise(ms: number): Promise<number | undefined> {
    const [row] = await this.query(
      `update dispatch_epoch set epoch = epoch + 1, raised_at = now()
       where raised_at < now() - $1 * interval '1 ms' returning epoch`,
      [ms],
    );
    return row && Number(row.epoch);
  }

  async goOnFrom(epoch: number): Promise<void> {
    await this.query('update dispatch_epoch set epoch = greatest(epoch, $1)', [epoch]);
  }

  private query(sql: string, values: readonly unknown[]): Promise<EpochRow[]> {
    return this.database.withoutTenant((tx) => tx.query<EpochRow>(sql, values));
  }
}
