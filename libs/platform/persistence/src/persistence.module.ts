import type { EventEmitter } from 'node:events';
import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule, getDataSourceToken } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Database, TypeOrmDatabase, type EntityTarget } from './database.js';
import { schemaName, type ServiceWithSchema } from './naming.js';
import { Health, Metrics } from '@mailrun/platform-telemetry';
import { DurabilityCheck } from './durability.js';
import { DatabaseHealth } from './database-health.js';
import { PartitionUpkeep } from './partition-upkeep.js';
import { assertRestrictedRole } from './restricted-role.js';

export interface PersistenceOptions {
  readonly service: ServiceWithSchema;
  /** Connection string of the service's own role. */
  readonly url: string;
  readonly prefix: string;
  /** Connections of this process to PostgreSQL for this service. */
  readonly poolSize: number;
  readonly entities?: readonly EntityTarget[];
}

/**
 * After so long without a statement PostgreSQL ends a transaction: a process that is frozen in the middle of one holds
 * its locks no longer than a lease.
 */
const idleInTransactionMs = 15_000;

/**
 * Between the pool and TypeORM nobody listens to a client for a moment; a connection that is cut just then would end the
 * process. Whoever uses the client next hears of it by its own error.
 */
function outlivesItsEnd(client: EventEmitter): void {
  client.on('error', () => undefined);
}

/** The TypeORM options of a service's run-time connection. */
export function dataSourceOptions(options: PersistenceOptions) {
  const schema = schemaName(options.prefix, options.service);
  return {
    type: 'postgres' as const,
    url: options.url,
    schema,
    entities: [...(options.entities ?? [])],
    synchronize: false,
    applicationName: schema,
    poolSize: options.poolSize,
    extra: {
      options: `-c search_path=${schema} -c idle_in_transaction_session_timeout=${idleInTransactionMs} -c timezone=UTC`,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      // Statements leave without waiting for the answer to the one before: `Database.once` needs it.
      pipeline: true,
      onConnect: outlivesItsEnd,
    },
  };
}

/** Opens a data source as the service's role and checks that row-level security holds for it. */
export async function openDataSource(options: PersistenceOptions): Promise<DataSource> {
  const dataSource = await new DataSource(dataSourceOptions(options)).initialize();
  try {
    await assertRestrictedRole(dataSource, schemaName(options.prefix, options.service));
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  return dataSource;
}

let registrations = 0;

/** Gives a service module its {@link Database}; the pool closes after transports and HTTP. */
@Module({})
export class PersistenceModule {
  static register(options: PersistenceOptions): DynamicModule {
    // A process may hold a service's module twice (behind two listeners): names of data sources are unique in it.
    const name = `${options.service}-${(registrations += 1)}`;
    return {
      module: PersistenceModule,
      imports: [
        TypeOrmModule.forRootAsync({
          name,
          useFactory: () => ({ ...dataSourceOptions(options), retryAttempts: 20, retryDelay: 1500 }),
          dataSourceFactory: () => openDataSource(options),
        }),
      ],
      providers: [
        {
          provide: Database,
          useFactory: (dataSource: DataSource) => new TypeOrmDatabase(dataSource),
          inject: [getDataSourceToken(name)],
        },
        {
          provide: PartitionUpkeep,
          useFactory: (database: Database, metrics?: Metrics) =>
            new PartitionUpkeep(options.service, database, metrics),
          inject: [Database, { token: Metrics, optional: true }],
        },
        {
          provide: DurabilityCheck,
          useFactory: (database: Database, metrics?: Metrics) =>
            new DurabilityCheck(options.service, database, metrics),
          inject: [Database, { token: Metrics, optional: true }],
        },
        {
          provide: DatabaseHealth,
          useFactory: (database: Database, health?: Health) =>
            new DatabaseHealth(options.service, database, health),
          inject: [Database, { token: Health, optional: true }],
        },
      ],
      exports: [Database],
    };
  }
}
