import type { RunsSettings } from '../../application/runs-settings.js';
import {
  OutcomeStore,
  type MessageChange,
  type OutcomeBatch,
  type StoredMessage,
} from '../../application/ports/outcome-store.port.js';
import type { WorkIndex } from '../../application/ports/work-index.port.js';
import { addressesReached, isLostMail, type EarlierCopy } from '../../domain/runs/copies.js';
import { freesItsInvoices, isFinal, isTakenUpAgain } from '../../domain/runs/message-state.js';
import { memoryOf, type InMemoryDatabase, type InMemoryTransaction } from './in-memory-database.js';
import { claimKey } from './in-memory-feed-store.js';
import type { RunRows } from './run-rows.js';

/** After its next try was due, a deferred mail has this long to bring news. */
const graceMs = 60_000;

export class InMemoryOutcomeStore extends OutcomeStore {
  constructor(
    private readonly database: InMemoryDatabase,
    private readonly work: WorkIndex,
    private readonly settings: RunsSettings,
  ) {
    super();
  }

  override async inBatch<Result>(
    messages: readonly { readonly tenantId: string; readonly messageId: string }[],
    work: (batch: OutcomeBatch) => Promise<Result>,
  ): Promise<Result> {
    const ids = [...new Set(messages.map(({ messageId }) => messageId))].sort();
    return this.database.inTenants(
      messages.map(({ tenantId }) => tenantId),
      async (given) => {
        const tx = memoryOf(given);
        await tx.statement('lock-messages');
        const stored = new Map<string, StoredMessage>();
        for (const id of ids) {
          if (tx.row('messages', id) === undefined) continue;
          await tx.lock('messages', id);
          const row = tx.row('messages', id)!;
          const nextTryAt = row.nextTryAt === null ? null : new Date(row.nextTryAt);
          stored.set(id, { ...row, nextTryAt });
        }
        return work({
          messages: stored,
          earlierCopies: (messageIds) => earlierCopies(tx, messageIds),
          write: (changes) => this.write(tx, changes),
        });
      },
    );
  }

  private async write(tx: InMemoryTransaction, changes: readonly MessageChange[]): Promise<void> {
    await tx.statement('write-outcomes');
    for (const change of changes) await this.writeOne(tx, change);
    const freed = changes.filter(({ applied }) => freesItsInvoices(applied.state, applied.hasAccepted));
    if (freed.length > 0) {
      await tx.statement('free-invoices');
      for (const { message } of freed) await free(tx, message);
    }
    const again = changes.filter(({ message, applied }) => isTakenUpAgain(message.state, applied.state));
    if (again.length > 0) {
      await tx.statement('take-up-again');
      for (const change of again) await this.takeUpAgain(tx, change);
    }
    for (const change of changes) count(tx, change);
  }

  private async takeUpAgain(
    tx: InMemoryTransaction,
    { message: { id, tenantId, runId, copy }, outcomes }: MessageChange,
  ): Promise<void> {
    const { nextTryAt } = outcomes.at(-1)!;
    const askAt = Date.now() + this.settings.askAfterMs;
    const checkAt = nextTryAt === undefined ? askAt : Date.parse(nextTryAt) + graceMs;
    await insertOnce(tx, 'watches', id, { tenantId, messageId: id, runId, checkAt, feeds: 1 });
    await this.work.add(tx, 'held', { runId, tenantId });
    const run = tx.row('runs', runId)!;
    if (run.mode !== 'live') return;
    for (const { messageId, invoiceId, invoiceRevision: revision, skipReason } of tx.rows('results')) {
      if (messageId !== id || skipReason !== null) continue;
      const claim = { tenantId, invoiceId, revision, messageId, copy };
      await insertOnce(tx, 'claims', claimKey(run, { invoiceId, revision }), claim);
    }
  }

  private async writeOne(
    tx: InMemoryTransaction,
    { message, applied, outcomes, earlier }: MessageChange,
  ): Promise<void> {
    const { tenantId, id, runId, copy } = message;
    const { at, nextTryAt } = outcomes.at(-1)!;
    // News of an earlier copy leaves the newest one, and its next try, as they are.
    const isAsBefore = message.state === applied.state && !outcomes.some((outcome) => outcome.copy === copy);
    const isDeferred = applied.state === 'deferred' && nextTryAt !== undefined && !isAsBefore;
    const nextTry = isDeferred ? Date.parse(nextTryAt) : null;
    await tx.update('messages', id, (row) => ({
      ...row,
      ...applied,
      ...(earlier === undefined ? {} : { earlierState: earlier.state }),
      nextTryAt: isAsBefore ? row.nextTryAt : nextTry,
      updatedAt: Date.parse(at),
    }));
    for (const outcome of outcomes) {
      await insertOnce(tx, 'history', `${id}.${outcome.copy}.${outcome.revision}`, { tenantId, outcome });
      for (const address of addressesReached(outcome, copy)) {
        await insertOnce(tx, 'reached', `${id} ${address}`, { tenantId, messageId: id, address });
      }
    }
    for (const known of earlier?.copies ?? []) {
      await tx.update('copies', `${id}.${known.copy}`, (row) => ({ ...row, ...known }));
    }
    if (outcomes.some((outcome) => outcome.copy === copy && isLostMail(outcome))) {
      await tx.lock('lost', id);
      tx.write('lost', id, { tenantId, messageId: id, runId, copy });
      await this.work.add(tx, 'round', { runId, tenantId });
    }
    const isWatched =
      !isAsBefore &&
      (applied.state === 'uncertain' || (applied.state === 'accepted' && message.state !== 'queued'));
    const asksAt = isWatched ? tx.now + this.settings.askAfterMs : undefined;
    const checkAt = nextTry === null ? asksAt : nextTry + graceMs;
    if (isFinal(applied.state)) await tx.update('watches', id, () => undefined);
    else if (checkAt !== undefined) await tx.update('watches', id, (watch) => ({ ...watch, checkAt }));
  }
}

/** Does nothing where there is such a row. */
async function insertOnce<Table extends 'history' | 'reached' | 'watches' | 'claims'>(
  tx: InMemoryTransaction,
  table: Table,
  key: string,
  row: RunRows[Table],
): Promise<void> {
  await tx.lock(table, key);
  if (tx.row(table, key) === undefined) tx.write(table, key, row);
}

async function earlierCopies(
  tx: InMemoryTransaction,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, readonly EarlierCopy[]>> {
  await tx.statement('earlier-copies');
  const rows = tx
    .rows('copies')
    .filter(({ messageId }) => messageIds.includes(messageId))
    .toSorted((a, b) => a.copy - b.copy);
  return Map.groupBy(rows, ({ messageId }) => messageId);
}

async function free(tx: InMemoryTransaction, { id, runId }: StoredMessage): Promise<void> {
  const run = tx.row('runs', runId)!;
  for (const { messageId, invoiceId, invoiceRevision: revision } of tx.rows('results')) {
    if (messageId !== id) continue;
    await tx.update('claims', claimKey(run, { invoiceId, revision }), (claim) =>
      claim.messageId === id ? undefined : claim,
    );
  }
}

function count(tx: InMemoryTransaction, { message, applied }: MessageChange): void {
  const { tenantId, preparationId, invoices } = message;
  for (const [status, reason, sign] of [
    [message.state, message.reason, -1],
    [applied.state, applied.reason, 1],
  ] as const) {
    const common = { tenantId, preparationId, status, reason: reason ?? '' };
    tx.add({ ...common, unit: 'messages', count: sign });
    tx.add({ ...common, unit: 'invoices', count: sign * invoices });
  }
}
