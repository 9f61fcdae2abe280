import type { Outage } from '@mailrun/platform-errors';

export type LockMode = 'share' | 'update';

/** Whoever holds and waits for locks: a transaction. */
export interface LockOwner {
  readonly name: string;
  /** The lock that it waits for, if any. */
  waitsFor: string | undefined;
}

interface Waiter {
  readonly owner: LockOwner;
  readonly mode: LockMode;
  readonly settle: (error?: Error) => void;
}

interface Lock {
  readonly holders: Map<LockOwner, LockMode>;
  readonly waiting: Waiter[];
}

/** As pg names it (SQLSTATE 40P01). */
export class DeadlockDetected extends Error {
  override readonly name = 'DeadlockDetected';
  readonly code = '40P01';
}

/** Row locks, kept until their transaction ends; who waits is served in order, and a circle of waits is refused. */
export class RowLocks {
  private readonly locks = new Map<string, Lock>();
  private readonly held = new Map<LockOwner, Set<string>>();

  isHeld(owner: LockOwner, key: string, mode: LockMode): boolean {
    const held = this.locks.get(key)?.holders.get(owner);
    return held === 'update' || (held !== undefined && mode === 'share');
  }

  /** Whether it was free. */
  tryTake(owner: LockOwner, key: string, mode: LockMode): boolean {
    if (this.isHeld(owner, key, mode)) return true;
    let lock = this.locks.get(key);
    if (lock === undefined) this.locks.set(key, (lock = { holders: new Map(), waiting: [] }));
    if (!isFree(lock, owner, mode)) return false;
    this.give(lock, key, owner, mode);
    return true;
  }

  /** @throws DeadlockDetected when waiting would never end */
  async take(owner: LockOwner, key: string, mode: LockMode): Promise<void> {
    const isFirst = (this.locks.get(key)?.waiting.length ?? 0) === 0;
    if ((isFirst || this.locks.get(key)!.holders.has(owner)) && this.tryTake(owner, key, mode)) return;
    owner.waitsFor = key;
    if (this.waitsInCircle(owner)) {
      owner.waitsFor = undefined;
      throw new DeadlockDetected(`${owner.name} would wait for itself at ${key}.`);
    }
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: Error) => {
        owner.waitsFor = undefined;
        if (error === undefined) resolve();
        else reject(error);
      };
      this.locks.get(key)!.waiting.push({ owner, mode, settle });
    });
  }

  /** Gives back all that the owner holds, and its place in queues. */
  release(owner: LockOwner, error?: Outage): void {
    if (owner.waitsFor !== undefined) {
      const key = owner.waitsFor;
      const lock = this.locks.get(key)!;
      const at = lock.waiting.findIndex((waiter) => waiter.owner === owner);
      const [waiter] = lock.waiting.splice(at, 1);
      waiter!.settle(error);
      this.serve(lock, key);
    }
    for (const key of this.held.get(owner) ?? []) {
      const lock = this.locks.get(key)!;
      lock.holders.delete(owner);
      this.serve(lock, key);
      if (lock.holders.size === 0 && lock.waiting.length === 0) this.locks.delete(key);
    }
    this.held.delete(owner);
  }

  private give(lock: Lock, key: string, owner: LockOwner, mode: LockMode): void {
    lock.holders.set(owner, mode);
    const keys = this.held.get(owner);
    if (keys === undefined) this.held.set(owner, new Set([key]));
    else keys.add(key);
  }

  private serve(lock: Lock, key: string): void {
    for (let next = lock.waiting[0]; next && isFree(lock, next.owner, next.mode); next = lock.waiting[0]) {
      lock.waiting.shift();
      this.give(lock, key, next.owner, next.mode);
      next.settle();
    }
  }

  private waitsInCircle(from: LockOwner): boolean {
    const seen = new Set<LockOwner>();
    const blockers = (owner: LockOwner): LockOwner[] => {
      const lock = owner.waitsFor === undefined ? undefined : this.locks.get(owner.waitsFor);
      return lock === undefined ? [] : [...lock.holders.keys()].filter((holder) => holder !== owner);
    };
    const open = blockers(from);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === from) return true;
      if (!seen.has(next)) open.push(...blockers(next));
      seen.add(next);
    }
    return false;
  }
}

const isFree = ({ holders }: Lock, owner: LockOwner, mode: LockMode): boolean => {
  for (const [holder, held] of holders) {
    if (holder !== owner && (held === 'update' || mode === 'update')) return false;
  }
  return true;
};

/** Rows of one schema that were committed, by table and key. A row never changes: it is replaced. */
export class InMemoryTables<Rows extends { readonly [Table in keyof Rows]: object }> {
  readonly locks = new RowLocks();
  /** Grows with each commit that changed something. */
  version = 0;
  private readonly tables = new Map<keyof Rows, Map<string, object>>();
  private readonly watchers: ((
    table: keyof Rows,
    before: object | undefined,
    after: object | undefined,
  ) => void)[] = [];

  /** @param now milliseconds of the database's clock */
  constructor(readonly now: () => number = Date.now) {}

  table<Table extends keyof Rows>(name: Table): Map<string, Rows[Table]> {
    let table = this.tables.get(name);
    if (table === undefined) this.tables.set(name, (table = new Map()));
    return table as Map<string, Rows[Table]>;
  }

  /** All that is committed, as a backup has it. */
  backup(): ReadonlyMap<keyof Rows, ReadonlyMap<string, object>> {
    return new Map([...this.tables].map(([name, table]) => [name, new Map(table)]));
  }

  /** As if nothing had happened since. No transaction may be open. */
  restore(backup: ReadonlyMap<keyof Rows, ReadonlyMap<string, object>>): void {
    for (const [name, table] of this.tables) {
      table.clear();
      for (const [key, row] of backup.get(name) ?? []) table.set(key, row);
    }
    this.version += 1;
  }

  /** Replaces or removes rows, all at once. */
  apply<Table extends keyof Rows>(
    changes: ReadonlyMap<Table, ReadonlyMap<string, Rows[Table] | undefined>>,
  ): void {
    let isChanged = false;
    for (const [name, rows] of changes) {
      const table = this.table(name);
      for (const [key, row] of rows) {
        const before = table.get(key);
        if (row === undefined) table.delete(key);
        else table.set(key, row);
        isChanged = true;
        for (const watch of this.watchers) watch(name, before, row);
      }
    }
    if (isChanged) this.version += 1;
  }

  /** Sees every row that a commit changes, as it was and as it is. */
  onChange(
    watch: <Table extends keyof Rows>(
      table: Table,
      before: Rows[Table] | undefined,
      after: Rows[Table] | undefined,
    ) => void,
  ): void {
    this.watchers.push(watch as (typeof this.watchers)[number]);
  }
}
