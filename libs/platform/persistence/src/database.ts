import {
  DataSource,
  type EntityManager,
  type EntitySchema,
  type ObjectLiteral,
  type QueryRunner,
} from 'typeorm';
import type { PoolClient, QueryResult } from 'pg';
import type { Duplex } from 'node:stream';
import { queryInScope } from './scoped-query.js';

/** One open transaction. Statements see the rows of the tenants that it was opened for, and no other. */
export interface Transaction {
  /** Rows of one statement. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Number of rows that one statement changed. */
  execute(sql: string, values?: readonly unknown[]): Promise<number>;
  /** The same as a named prepared statement: for hot paths, planned once for each connection. */
  prepared<Row extends object>(name: string, sql: string, values: readonly unknown[]): Promise<Row[]>;
  /**
   * A prepared statement whose answer nobody needs. It leaves in one packet with the commit, when the work has ended, and
   * in the order of the calls; its failure is that of the transaction.
   */
  lastly(name: string, sql: string, values: readonly unknown[]): void;
  /** TypeORM in the same transaction, for entities. */
  readonly manager: EntityManager;
  /** The driver's connection, for COPY. Never release it. */
  readonly client: PoolClient;
}

export interface TransactionOptions {
  /** `set local …` statements, sent along with `begin`: fixed text of the program's own, never made of input. */
  readonly settings?: string;
}

/**
 * PostgreSQL as a service sees it: its own schema is the search path, and row-level security shows it only the
 * tenants that a transaction was opened for. One instance for each service; built by `PersistenceModule`.
 */
export abstract class Database {
  /** A transaction that sees one tenant's rows; rolled back when `work` throws. */
  inTenant<Result>(
    tenantId: string,
    work: (tx: Transaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    return this.inTenants([tenantId], work, options);
  }

  /** A transaction over several tenants' rows, for batches. */
  abstract inTenants<Result>(
    tenantIds: readonly string[],
    work: (tx: Transaction) => Promise<Result>,
    options?: TransactionOptions,
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
    { settings }: TransactionOptions = {},
  ): Promise<Result> {
    const begin = beginFor(tenantIds, settings);
    const runner = this.dataSource.createQueryRunner();
    let isBroken = false;
    try {
      const client = (await runner.connect()) as PipelinedClient;
      // TypeORM must know of the transaction: otherwise its own saves would begin, and commit, one inside of ours.
      setTransactionActive(runner, true);
      try {
        const tx = new PgTransaction(client, runner.manager);
        const result = await tx.begin(begin, work);
        await tx.commit();
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
    const tenants = listOf(tenantIds);
    const runner = this.dataSource.createQueryRunner();
    let isBroken = false;
    try {
      const client = (await runner.connect()) as PipelinedClient;
      try {
        const statement = { name, text: sql, values: [...values] };
        return (await inOnePacket(client, () => queryInScope<Row>(client, tenants, statement))).rows;
      } catch (error) {
        // The statement may have failed alone, or with its connection.
        await client.query('select 1').catch(() => {
          isBroken = true;
        });
        throw error;
      }
    } finally {
      if (isBroken) await endBrokenClient(runner);
      await runner.release();
    }
  }
}

/** A client of the pool: it sends statements without waiting for the answers to those before. */
type PipelinedClient = PoolClient & { readonly connection: { readonly stream: Duplex } };

/** What `send` sends at once (not what it sends later) leaves together: one system call, one wake-up of the server. */
function inOnePacket<Result>({ connection: { stream } }: PipelinedClient, send: () => Result): Result {
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}

/** It becomes part of a statement without parameters: nothing but ids may pass. */
function listOf(tenantIds: readonly string[]): string {
  const ids = [...new Set(tenantIds)];
  for (const id of ids) if (!uuid.test(id)) throw new TypeError('A tenant id must be a UUID.');
  return `{${ids.join(',')}}`;
}

function beginFor(tenantIds: readonly string[], settings?: string): string {
  const begin = `begin; set local mailrun.tenants = '${listOf(tenantIds)}'`;
  return settings === undefined ? begin : `${begin}; ${settings}`;
}

/** Work that throws before its first wait counts as rejected. */
const startedNow = async <Result>(work: () => Promise<Result>): Promise<Result> => work();

function setTransactionActive(runner: QueryRunner, isActive: boolean): void {
  (runner as { isTransactionActive: boolean }).isTransactionActive = isActive;
}

async function endBrokenClient(runner: { connect(): Promise<unknown> }): Promise<void> {
  const client = (await runner.connect()) as { end?: () => Promise<void> };
  await client.end?.().catch(() => undefined);
}

class PgTransaction implements Transaction {
  private readonly last: { readonly name: string; readonly text: string; readonly values: unknown[] }[] = [];

  constructor(
    readonly client: PipelinedClient,
    readonly manager: EntityManager,
  ) {}

  /** `begin` leaves together with the first statement of the work. */
  async begin<Result>(begin: string, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    const [begun, worked] = await Promise.allSettled(
      inOnePacket(this.client, () => [this.client.query(begin), startedNow(() => work(this))] as const),
    );
    if (begun.status === 'rejected') throw begun.reason;
    if (worked.status === 'rejected') throw worked.reason;
    return worked.value;
  }

  async commit(): Promise<void> {
    // After a failed statement `commit` rolls back.
    const answers = await Promise.allSettled(
      inOnePacket(this.client, () => [
        ...this.last.map((statement) => this.client.query(statement)),
        this.client.query('commit'),
      ]),
    );
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  lastly(name: string, sql: string, values: readonly unknown[]): void {
    this.last.push({ name, text: sql, values: [...values] });
  }

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
