import type { InMemoryTables, RunRows } from '@mailrun/service-runs/in-memory';

/** What people asked for: it excuses what nobody else may do. */
interface Asked {
  readonly again: ReadonlySet<string>;
  readonly asSent: ReadonlySet<string>;
}

export class People {
  private again = new Set<string>();
  private asSent = new Set<string>();
  /** By run: how many messages may be fed, as far as anyone asked for it. */
  private readonly fed = new Map<string, number>();

  constructor(private readonly tables: InMemoryTables<RunRows>) {}

  /** Someone took the risk that a message comes twice. */
  wantsAgain(messageId: string): boolean {
    return this.again.has(messageId);
  }

  /** Someone says that it was sent, whoever has it. */
  saysSent(messageId: string): boolean {
    return this.asSent.has(messageId);
  }

  /** How many messages of the run may have been fed at most. */
  mayFeed(runId: string): number {
    return this.fed.get(runId) ?? 0;
  }

  letsFeed(runId: string, messages: number): void {
    this.fed.set(runId, this.mayFeed(runId) + messages);
  }

  sendAgain(messageId: string): void {
    this.again.add(messageId);
  }

  treatAsSent(messageId: string): void {
    this.asSent.add(messageId);
  }

  sendAgainAll(runId: string): void {
    for (const id of this.uncertainOf(runId)) this.again.add(id);
  }

  treatAsSentAll(runId: string): void {
    for (const id of this.uncertainOf(runId)) this.asSent.add(id);
  }

  backup(): Asked {
    return { again: new Set(this.again), asSent: new Set(this.asSent) };
  }

  /** What was decided since is forgotten with the database; how many were fed is not known any more. */
  restore({ again, asSent }: Asked): void {
    this.again = new Set(again);
    this.asSent = new Set(asSent);
    for (const runId of this.tables.table('runs').keys()) this.fed.set(runId, Infinity);
  }

  /** Also those that become uncertain before the act is done. */
  private uncertainOf(runId: string): string[] {
    return [...this.tables.table('messages').values()]
      .filter((one) => one.runId === runId)
      .map(({ id }) => id);
  }
}
