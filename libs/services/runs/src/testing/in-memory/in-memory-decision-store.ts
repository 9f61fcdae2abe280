import type { Transaction } from '@mailrun/platform-persistence';
import {
  DecisionStore,
  type NewDecision,
  type OpenDecision,
} from '../../application/ports/decision-store.port.js';
import type { PendingDecision } from '../../domain/runs/run-refusals.js';
import { memoryOf, type InMemoryDatabase, type InMemoryTransaction } from './in-memory-database.js';
import type { RunRows } from './run-rows.js';

type RunRef = { readonly runId: string; readonly tenantId: string };

export class InMemoryDecisionStore extends DecisionStore {
  constructor(private readonly database: InMemoryDatabase) {
    super();
  }

  override async insert(given: Transaction, run: RunRef, decision: NewDecision): Promise<string> {
    const tx = memoryOf(given);
    await tx.statement('insert-decision');
    const id = `${run.runId}.${tx.rows('decisions').length + 1}`;
    await tx.lock('decisions', id);
    const created = { checkpoint: null, createdAt: tx.now, isDone: false };
    tx.write('decisions', id, { ...run, ...decision, ...created, id });
    return id;
  }

  override async findPending(
    given: Transaction,
    runId: string,
    messageId: string | null,
  ): Promise<PendingDecision | undefined> {
    const tx = memoryOf(given);
    await tx.statement('find-decision');
    const [pending] = openOf(tx, runId).filter(
      (one) => messageId === null || one.messageId === null || one.messageId === messageId,
    );
    return pending && { ...pending, createdAt: new Date(pending.createdAt) };
  }

  override next({ runId, tenantId }: RunRef, limit: number): Promise<OpenDecision | undefined> {
    return this.database.inTenant(tenantId, async (given) => {
      const tx = memoryOf(given);
      await tx.statement('next-decision');
      const [open] = openOf(tx, runId);
      if (open === undefined) return undefined;
      const { createdAt, isDone: _, ...decision } = open;
      const { checkpoint, messageId } = decision;
      const { preparationId } = tx.row('runs', runId)!;
      await tx.statement('uncertain-copies');
      const copies = tx
        .rows('messages')
        .filter((message) => message.preparationId === preparationId && message.state === 'uncertain')
        .filter(({ id, updatedAt }) => (checkpoint === null || id > checkpoint) && updatedAt <= createdAt)
        .filter(({ id }) => messageId === null || id === messageId)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit)
        .flatMap(({ id, copy, revision, own }) =>
          own === null ? [{ messageId: id, copy, revision }] : uncertainOf(tx, id),
        );
      return { ...decision, copies };
    });
  }

  override async advance({ id, tenantId, checkpoint, copies }: OpenDecision): Promise<void> {
    await this.database.inTenant(tenantId, async (given) => {
      const tx = memoryOf(given);
      await tx.statement('advance-decision');
      const reached = copies.at(-1)?.messageId ?? null;
      await tx.update('decisions', id, (row) =>
        row.checkpoint === checkpoint ? { ...row, checkpoint: reached } : row,
      );
    });
  }

  override async finish({ id, tenantId }: OpenDecision): Promise<void> {
    await this.database.inTenant(tenantId, async (given) => {
      const tx = memoryOf(given);
      await tx.statement('finish-decision');
      await tx.update('decisions', id, (row) => ({ ...row, isDone: true }));
    });
  }
}

const openOf = (tx: InMemoryTransaction, runId: string): RunRows['decisions'][] =>
  tx
    .rows('decisions')
    .filter((decision) => decision.runId === runId && !decision.isDone)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));

const uncertainOf = (tx: InMemoryTransaction, messageId: string) =>
  tx
    .rows('copies')
    .filter((copy) => copy.messageId === messageId && copy.state === 'uncertain')
    .map(({ copy, revision }) => ({ messageId, copy, revision }));
