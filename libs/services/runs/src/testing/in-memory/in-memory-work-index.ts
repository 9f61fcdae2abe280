import { randomUUID } from 'node:crypto';
import type { Transaction } from '@mailrun/platform-persistence';
import { WorkIndex, type WorkItem, type WorkKind } from '../../application/ports/work-index.port.js';
import { memoryOf, type InMemoryDatabase } from './in-memory-database.js';

export class InMemoryWorkIndex extends WorkIndex {
  constructor(private readonly database: InMemoryDatabase) {
    super();
  }

  override list(kind: WorkKind): Promise<WorkItem[]> {
    return this.database.withoutTenant(async (given) => {
      const tx = memoryOf(given);
      await tx.statement(`list-${kind}`);
      return tx
        .rows('work')
        .filter((item) => item.kind === kind)
        .toSorted((a, b) => (a.runId < b.runId ? -1 : 1))
        .map(({ runId, tenantId, token }) => ({ runId, tenantId, token }));
    });
  }

  override async add(
    given: Transaction,
    kind: WorkKind,
    { runId, tenantId }: Pick<WorkItem, 'runId' | 'tenantId'>,
  ): Promise<void> {
    const tx = memoryOf(given);
    await tx.statement(`add-${kind}`);
    await tx.lock('work', keyOf(kind, runId));
    tx.write('work', keyOf(kind, runId), { kind, runId, tenantId, token: randomUUID() });
  }

  override async remove(given: Transaction, kind: WorkKind, runId: string): Promise<void> {
    const tx = memoryOf(given);
    await tx.statement(`remove-${kind}`);
    await tx.update('work', keyOf(kind, runId), () => undefined);
  }

  override async done(kind: WorkKind, { runId, token }: WorkItem): Promise<void> {
    await this.database.withoutTenant(async (given) => {
      const tx = memoryOf(given);
      await tx.statement(`done-${kind}`);
      await tx.update('work', keyOf(kind, runId), (item) => (item.token === token ? undefined : item));
    });
  }
}

const keyOf = (kind: WorkKind, runId: string): string => `${runId} ${kind}`;
