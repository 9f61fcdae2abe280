import {
  DataSource,
  type EntityManager,
  type EntitySchema,
  type ObjectLiteral,
  type QueryRunner,
} from 'typeorm';
import type { PoolClient, QueryResult } from 'pg';
import type { Duplex } from 'node:stream';

/** One open transaction. Statements see the rows of the tenants that it was opened for, and no other. */
export interface Transaction {
  /** Rows of one statement. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Number of rows that one statement changed. */
  execute(sql: string, values?: readonly unknown[]): Promise<number>;
  /** The same as a named prepared statement: for hot paths, planned once for each connection. */
  prepared<Row extends object>(name: string, sql: string, values: readonly unknown[]): Promise<Row[]>;
  /** TypeORM in the same transaction, for entities. */
  readonly manager: EntityManager;
  /** The driver's connection, for COPY. Never release it. */
  readonly client: PoolClient;
}

/**
 * PostgreSQL as a service sees it: its own schema is the search path, and row-level security shows it only the
 * tenants that a transaction was opened for. One instance for each service; built by `PersistenceModule`.
 */
export abstract class Database {
  /** A transaction that sees one tenant's rows; rolled back when `work` throws. */
  inTenant<Result>(tenantId: string, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return this.inTenants([tenantId], work);
  }

  /** A transaction over several tenants' rows, for batches. */
  abstract inTenants<Result>(
    tenantIds: readonly string[],
    work: (tx: Transaction) => Promise<Result>,
  ): Promise<Result>;

  /**
   * A transaction of one statement, prepared under its name: for hot paths, where it costs one round trip instead of
   * three.
   */
  abstract once<Row extends object>(
    tenantIds: readonly string[],
    name: string,
    sql: string,
    values: readonly unknown[],
  ): Promise<Row[]>;

  /** A transaction that sees no tenant: only tables without row-level security (indexes of work, settings). */
  withoutTenant<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return this.inTenants([], work);
  }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** {@link Database} over a TypeORM data source. */
export class TypeOrmDatabase extends Database {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  async inTenants<Result>(
    tenantIds: readonly string[],
    work: (tx: Transaction) => Promise<Result>,
  ): Promise<Result> {
    const begin = beginFor(tenantIds);
    const runner = this.dataSource.createQueryRunner();
    let isBroken = false;
    try {
      const client = (await runner.connect()) as PoolClient;
      await client.query(begin);
      // TypeORM must know of the transaction: otherwise its own saves would begin, and commit, one inside of ours.
      setTransactionActive(runner, true);
      try {
        const result = await work(new PgTransaction(client, runner.manager));
        await client.query('commit');
        return result;
      } catch (error) {
        // The first error is what the caller must see; a connection that can't roll back is thrown away.
        await client.query('rollback').catch(() => {
          isBroken = true;
        });
        throw error;
      }
    } finally {
      setTransactionActive(runner, false);
      // TypeORM's runner has no way to say "destroy": a broken client ends itself, and pg's pool drops it.
      if (isBroken) await endBrokenClient(runner);
      await runner.release();
    }
  }

  async once<Row extends object>(
    tenantIds: readonly string[],
    name: string,
    sql: string,
    values: readonly unknown[],
  ): Promise<Row[]> {
    const begin = beginFor(tenantIds);
    const runner = this.dataSource.createQueryRunner();
    let isBroken = false;
    try {
      const client = (await runner.connect()) as PoolClient & { connection: { stream: Duplex } };
      const { stream } = client.connection;
      // All three leave in one packet (the pool's clients are pipelined). After a failed statement `commit` rolls back.
      stream.cork();
      const answers = Promise.allSettled([
        client.query(begin),
        client.query<Row>({ name, text: sql, values: [...values] }),
        client.query('commit'),
      ]);
      stream.uncork();
      const [begun, answered, committed] = await answers;
      const failed = [begun, answered, committed].find((one) => one.status === 'rejected');
      if (failed !== undefined) {
        isBroken = committed.status === 'rejected';
        throw failed.reason;
      }
      return (answered as PromiseFulfilledResult<QueryResult<Row>>).value.rows;
    } finally {
      if (isBroken) await endBrokenClient(runner);
      await runner.release();
    }
  }
}

/** The list becomes part of a statement without parameters (one round trip for both): nothing but ids may pass. */
function beginFor(tenantIds: readonly string[]): string {
  for (const id of tenantIds) if (!uuid.test(id)) throw new TypeError('A tenant id must be a UUID.');
  return `begin; set local mailrun.tenants = '{${[...new Set(tenantIds)].join(',')}}'`;
}

function setTransactionActive(runner: QueryRunner, isActive: boolean): void {
  (runner as { isTransactionActive: boolean }).isTransactionActive = isActive;
}

async function endBrokenClient(runner: { connect(): Promise<unknown> }): Promise<void> {
  const client = (await runner.connect()) as { end?: () => Promise<void> };
  await client.end?.().catch(() => undefined);
}

class PgTransaction implements Transaction {
  constructor(
    readonly client: PoolClient,
    readonly manager: EntityManager,
  ) {}

  async query<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(sql, [...values])).rows;
  }

  async execute(sql: string, values: readonly unknown[] = []): Promise<number> {
    return (await this.client.query(sql, [...values])).rowCount ?? 0;
  }

  async prepared<Row extends object>(name: string, sql: string, values: readonly unknown[]): Promise<Row[]> {
    const result: QueryResult<Row> = await this.client.query<Row>({ name, text: sql, values: [...values] });
    return result.rows;
  }
}

export type EntityTarget = EntitySchema<ObjectLiteral> | (new () => object);
