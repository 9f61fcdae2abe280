import { Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Metrics } from '@mailrun/platform-telemetry';
import type { Database } from './database.js';
import type { ServiceWithSchema } from './naming.js';

/** Settings of PostgreSQL that are off and let it forget what it said was committed. */
export async function unsafeSettings(database: Database): Promise<string[]> {
  const rows = await database.withoutTenant((tx) =>
    tx.query<{ name: string }>(
      `select name from unnest(array['fsync', 'full_page_writes', 'synchronous_commit']) as n (name)
       where current_setting(name) = 'off'`,
    ),
  );
  return rows.map(({ name }) => name);
}

/** Says at start, and in a metric, when the database may lose commits: mails could then be sent twice. */
export class DurabilityCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger(DurabilityCheck.name);

  constructor(
    private readonly service: ServiceWithSchema,
    private readonly database: Database,
    private readonly metrics: Metrics | undefined,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const unsafe = await unsafeSettings(this.database);
    this.metrics
      ?.gauge({
        name: `mailrun_${this.service}_database_unsafe_settings_count`,
        help: 'Settings that let PostgreSQL lose what it committed (fsync, full_page_writes, synchronous_commit off).',
      })
      .set(unsafe.length);
    if (unsafe.length === 0) return;
    this.logger.warn(
      `PostgreSQL may lose what it committed, and mails may be sent twice: turn ${unsafe.join(', ')} on.`,
    );
  }
}
