import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Metrics } from '@mailrun/platform-telemetry';
import type { Database } from './database.js';
import type { ServiceWithSchema } from './naming.js';

const dayMs = 24 * 60 * 60 * 1000;

/** Makes the partitions of the next three months; to be called daily. Returns for how many days rows find one. */
export async function extendPartitions(database: Database): Promise<number> {
  return database.withoutTenant(async (tx) => {
    await tx.query('select ensure_partitions(3)');
    const [row] = await tx.query<{ days: number }>('select partition_days_left() as days');
    return row?.days ?? 0;
  });
}

/** Keeps a service's monthly partitions ahead of time, and shows how far they reach: an alert fires below 30 days. */
export class PartitionUpkeep implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(PartitionUpkeep.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly service: ServiceWithSchema,
    private readonly database: Database,
    private readonly metrics: Metrics | undefined,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.extend();
    this.timer = setInterval(() => (this.running = this.extend()), dayMs);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async extend(): Promise<void> {
    try {
      const days = await extendPartitions(this.database);
      this.metrics
        ?.gauge({
          name: `mailrun_${this.service}_partition_reach_days`,
          help: 'For how many days rows find a partition.',
        })
        .set(days);
    } catch (error) {
      this.logger.error('Partitions could not be made; tried again tomorrow, and at the next start.', error);
    }
  }
}
