import { Outage } from '@mailrun/platform-errors';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import type { InMemoryTables, LockMode, LockOwner } from './in-memory-tables.js';
import type { RunRows } from './run-rows.js';

/** Called before each statement and around each commit, by name: a scheduler may make it wait, or fail. */
export type Step = (name: string) => Promise<void>;

type Table = keyof RunRows;
type Counter = RunRows['counters'];

const noStep: Step = async () => undefined;

/**
 * Transactions in memory, as PostgreSQL keeps them at READ COMMITTED: a statement sees what was committed before it and
 * what its own transaction wrote, written rows are locked until the end, nothing of a transaction that failed is seen,
 * and only rows of the tenants that it was opened for.
 */
export class InMemoryDatabase extends Database {
  private readonly open = new Set<InMemoryTransaction>();
  private opened = 0;

  constructor(
    readonly tables: InMemoryTables<RunRows>,
    private readonly step: Step = noStep,
    readonly name = 'process',
  ) {
    super();
  }

  override async inTenants<Result>(
    tenantIds: readonly string[],
    work: (tx: Transaction) => Promise<Result>,
  ): Promise<Result> {
    this.opened += 1;
    const tx = new InMemoryTransaction(
      this.tables,
      new Set(tenantIds),
      this.step,
      `${this.name}.${this.opened}`,
    );
    this.open.add(tx);
    try {
      const result = await work(tx);
      // What only read has nothing that could be lost with its commit.
      if (!tx.hasWritten) return result;
      await tx.statement('commit');
      tx.commit();
      await this.step('committed');
      return result;
    } finally {
      tx.end();
      this.open.delete(tx);
    }
  }

  override once(): Promise<never> {
    return Promise.reject(new Error('The fake knows no SQL.'));
  }

  /** The process is gone, or cut off: what it did not commit is rolled back. */
  sever(): void {
    for (const tx of this.open) tx.end(cutOff());
    this.open.clear();
  }

  /** Rolls back what no statement came for since (`idle_in_transaction_session_timeout`). */
  severIdle(beforeMs: number): void {
    for (const tx of this.open) if (tx.touchedAt < beforeMs && tx.waitsFor === undefined) tx.end(cutOff());
  }
}

const cutOff = () => new Outage('database.away', 'Connection terminated.');

/** The open transaction that a fake works in. */
export const memoryOf = (tx: Transaction): InMemoryTransaction => {
  if (tx instanceof InMemoryTransaction) return tx;
  throw new Error('This transaction is not one of the fake database.');
};

export class InMemoryTransaction implements Transaction, LockOwner {
  waitsFor: string | undefined;
  touchedAt: number;
  private readonly written = new Map<Table, Map<string, RunRows[Table] | undefined>>();
  private readonly added = new Map<string, Counter>();
  private ended: Outage | true | undefined;

  constructor(
    private readonly tables: InMemoryTables<RunRows>,
    private readonly tenantIds: ReadonlySet<string>,
    private readonly step: Step,
    readonly name: string,
  ) {
    this.touchedAt = tables.now();
  }

  get hasWritten(): boolean {
    return this.written.size > 0 || this.added.size > 0;
  }

  /** The database's clock. */
  get now(): number {
    return this.tables.now();
  }

  /** Each statement begins with it. */
  async statement(name: string): Promise<void> {
    await this.step(name);
    this.assertOpen();
    this.touchedAt = this.tables.now();
  }

  row<Name extends Table>(table: Name, key: string): RunRows[Name] | undefined {
    const own = this.written.get(table);
    const row = own?.has(key) === true ? own.get(key) : this.tables.table(table).get(key);
    return row !== undefined && this.sees(table, row) ? (row as RunRows[Name]) : undefined;
  }

  rows<Name extends Table>(table: Name): RunRows[Name][] {
    const found: RunRows[Name][] = [];
    const own = this.written.get(table);
    for (const key of this.tables.table(table).keys()) {
      const row = this.row(table, key);
      if (row !== undefined) found.push(row);
    }
    for (const [key, row] of own ?? []) {
      if (row !== undefined && !this.tables.table(table).has(key) && this.sees(table, row)) {
        found.push(row as RunRows[Name]);
      }
    }
    return found;
  }

  async lock(table: Table, key: string, mode: LockMode = 'update'): Promise<void> {
    await this.tables.locks.take(this, `${table} ${key}`, mode);
    this.assertOpen();
  }

  /** Like `skip locked`: false when another transaction has it. */
  tryLock(table: Table, key: string, mode: LockMode = 'update'): boolean {
    return this.tables.locks.tryTake(this, `${table} ${key}`, mode);
  }

  /** Replaces (or removes) a row that is locked. */
  write<Name extends Table>(table: Name, key: string, row: RunRows[Name] | undefined): void {
    if (!this.tables.locks.isHeld(this, `${table} ${key}`, 'update')) {
      throw new Error(`${table} ${key} was written without its lock.`);
    }
    let own = this.written.get(table);
    if (own === undefined) this.written.set(table, (own = new Map()));
    own.set(key, row);
  }

  /** Locks the row, and replaces it by what `change` makes of it as it is then; a row that is not there stays so. */
  async update<Name extends Table>(
    table: Name,
    key: string,
    change: (row: RunRows[Name]) => RunRows[Name] | undefined,
  ): Promise<void> {
    if (this.row(table, key) === undefined) return;
    await this.lock(table, key);
    const row = this.row(table, key);
    if (row !== undefined) this.write(table, key, change(row));
  }

  /** Counters are added up at the commit; those of one run never wait for one another. */
  add({ count, ...counter }: Counter): void {
    const key = counterKey(counter);
    this.added.set(key, { ...counter, count: count + (this.added.get(key)?.count ?? 0) });
  }

  /** Of a preparation, with what this transaction adds. */
  counters(preparationId: string): Counter[] {
    const sums = new Map(
      this.rows('counters')
        .filter((counter) => counter.preparationId === preparationId)
        .map((counter) => [counterKey(counter), counter]),
    );
    for (const [key, change] of this.added) {
      if (change.preparationId !== preparationId || !this.tenantIds.has(change.tenantId)) continue;
      sums.set(key, { ...change, count: change.count + (sums.get(key)?.count ?? 0) });
    }
    return [...sums.values()].filter(({ count }) => count !== 0);
  }

  commit(): void {
    this.assertOpen();
    const counters = new Map<string, Counter>();
    for (const [key, change] of this.added) {
      const count = change.count + (this.tables.table('counters').get(key)?.count ?? 0);
      counters.set(key, { ...change, count });
    }
    if (counters.size > 0) this.written.set('counters', counters);
    this.tables.apply(this.written);
    this.end();
  }

  /** Without a commit before it, nothing was done. */
  end(reason?: Outage): void {
    if (this.ended !== undefined) return;
    this.ended = reason ?? true;
    this.tables.locks.release(this, reason);
  }

  private assertOpen(): void {
    if (this.ended === undefined) return;
    throw this.ended === true ? new Error('This transaction has ended.') : this.ended;
  }

  private sees(table: Table, row: { readonly tenantId: string }): boolean {
    // The index of work has no content, and no row-level security.
    return table === 'work' || this.tenantIds.has(row.tenantId);
  }

  /** The audit entry that an act writes is kept nowhere; any other SQL is beyond a fake. */
  async execute(sql: string): Promise<number> {
    if (!sql.trimStart().startsWith('insert into audit_entries')) throw new Error('The fake knows no SQL.');
    await this.statement('audit');
    return 1;
  }

  query(): Promise<never> {
    return Promise.reject(new Error('The fake knows no SQL.'));
  }

  prepared(): Promise<never> {
    return this.query();
  }

  lastly(): never {
    throw new Error('The fake knows no SQL.');
  }

  get manager(): never {
    throw new Error('The fake knows no TypeORM.');
  }

  get client(): never {
    throw new Error('The fake knows no SQL.');
  }
}

const counterKey = ({ preparationId, unit, status, reason }: Omit<Counter, 'count'>): string =>
  `${preparationId} ${unit} ${status} ${reason}`;
