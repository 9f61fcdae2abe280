import type { RenderMessage } from '@mailrun/contracts';
import {
  FeedStore,
  type FedMessages,
  type FeedCandidate,
  type Feeding,
  type FeedingRun,
  type InvoiceClaim,
} from '../../application/ports/feed-store.port.js';
import type { WorkIndex } from '../../application/ports/work-index.port.js';
import type { FeedableRun } from '../../domain/runs/feed-window.js';
import type { ClaimHolder } from '../../domain/runs/settle-claim.js';
import { memoryOf, type InMemoryDatabase, type InMemoryTransaction } from './in-memory-database.js';
import { renderRecords } from './render-records.js';
import type { RunRows } from './run-rows.js';

const firstFeedAgainMs = 15_000;

export class InMemoryFeedStore extends FeedStore {
  constructor(
    private readonly database: InMemoryDatabase,
    private readonly work: WorkIndex,
  ) {
    super();
  }

  override async feedableRuns(): Promise<FeedableRun[]> {
    const work = await this.work.list('run');
    if (work.length === 0) return [];
    return this.database.inTenants(
      work.map(({ tenantId }) => tenantId),
      async (given) => {
        const tx = memoryOf(given);
        await tx.statement('feedable-runs');
        return work.flatMap(({ runId }) => {
          const run = tx.row('runs', runId);
          if (run?.state !== 'running') return [];
          const feedable = feedableRun(tx, run);
          return feedable.pending > 0 || feedable.queued > 0 ? [feedable] : [];
        });
      },
    );
  }

  override async withRun<Result>(
    { runId, tenantId }: { readonly runId: string; readonly tenantId: string },
    work: (feeding: Feeding) => Promise<Result>,
  ): Promise<Result | undefined> {
    return this.database.inTenant(tenantId, async (given) => {
      const tx = memoryOf(given);
      await tx.statement('lock-feed');
      if (tx.row('runs', runId)?.state !== 'running' || tx.row('feeds', runId) === undefined)
        return undefined;
      if (!tx.tryLock('feeds', runId)) return undefined;
      await tx.lock('runs', runId, 'share');
      const run = tx.row('runs', runId);
      const feed = tx.row('feeds', runId)!;
      return run?.state === 'running' ? work(new InMemoryFeeding(tx, run, feed)) : undefined;
    });
  }
}

function feedableRun(tx: InMemoryTransaction, run: RunRows['runs']): FeedableRun {
  const counts = tx.counters(run.preparationId!).filter(({ unit }) => unit === 'messages');
  const countOf = (state: string) =>
    counts.filter(({ status }) => status === state).reduce((sum, { count }) => sum + count, 0);
  const { messagesLeft, round, heldRound, laterPosition } = tx.row('feeds', run.id)!;
  const isHeld = messagesLeft === 0 && (round === heldRound || laterPosition === everything);
  const pending = isHeld ? 0 : messagesLeft ? Math.min(countOf('pending'), messagesLeft) : countOf('pending');
  return {
    runId: run.id,
    tenantId: run.tenantId,
    pending,
    queued: countOf('queued'),
    accepted: countOf('accepted'),
    messagesPerMinute: tx.row('preparations', run.preparationId!)!.messagesPerMinute,
    ratePerSecond: 0,
  };
}

/** Sorts behind all ids: what is fed up to it has no end. */
export const everything = '~';

class InMemoryFeeding implements Feeding {
  readonly run: FeedingRun;
  /** The last candidate, after which there is none. */
  private endsAt: string | null | undefined;

  constructor(
    private readonly tx: InMemoryTransaction,
    run: RunRows['runs'],
    private readonly feed: RunRows['feeds'],
  ) {
    this.run = {
      runId: run.id,
      tenantId: run.tenantId,
      preparationId: run.preparationId!,
      definitionKey: run.definitionKey,
      mode: run.mode!,
      restored: run.restored,
      fedAt: new Date(tx.now),
      round: feed.round,
      isSendAgain: run.sendAgain,
      pins: tx.row('preparations', run.preparationId!)!.pins,
    };
  }

  async candidates(limit: number): Promise<FeedCandidate[]> {
    const { tx, feed } = this;
    await tx.statement('feed-candidates');
    const { messagesLeft, heldRound, preparationId } = feed;
    const isHeld = messagesLeft === 0;
    const after = isHeld ? feed.laterPosition : feed.position;
    const most = messagesLeft === null || isHeld ? limit : Math.min(limit, messagesLeft);
    const messages = tx
      .rows('messages')
      .filter((message) => message.preparationId === preparationId && message.state === 'pending')
      .filter(({ id, round }) => (after === null || id > after) && (!isHeld || round > (heldRound ?? 0)))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, most);
    this.endsAt = isHeld && messages.length < most ? (messages.at(-1)?.id ?? null) : undefined;
    return messages.map((message) => ({
      messageId: message.id,
      copy: message.copy,
      round: message.round,
      earlierState: message.earlierState,
      isCustomerSuspended: tx.row('customers', message.content.customer.id)!.isSuspended,
      invoices: tx
        .rows('results')
        .filter(({ messageId, skipReason }) => messageId === message.id && skipReason === null)
        .map(({ id, invoiceId, invoiceRevision }) => {
          const invoice = tx.row('invoices', invoiceId)!;
          return {
            resultId: id,
            invoiceId,
            revision: invoiceRevision,
            isUnchanged: invoice.isApproved && invoice.revision === invoiceRevision,
            sizeBytes: 100,
          };
        }),
    }));
  }

  async claim(claims: readonly InvoiceClaim[]): Promise<(ClaimHolder | null)[]> {
    const { tx } = this;
    const holders = new Map<string, ClaimHolder | null>();
    let open = claims.toSorted((a, b) => (this.keyOf(a) < this.keyOf(b) ? -1 : 1));
    while (open.length > 0) {
      await tx.statement('claim-invoices');
      for (const claim of open) {
        const key = this.keyOf(claim);
        if (tx.row('claims', key) !== undefined) continue;
        // Another transaction that inserts the same key is waited for; then there is a row, or there is none.
        await tx.lock('claims', key);
        if (tx.row('claims', key) !== undefined) continue;
        tx.write('claims', key, { tenantId: this.run.tenantId, ...claim });
        holders.set(key, null);
      }
      open = open.filter((claim) => !holders.has(this.keyOf(claim)));
      if (open.length === 0) break;
      await tx.statement('claim-holders');
      for (const claim of open) {
        const key = this.keyOf(claim);
        if (tx.row('claims', key) === undefined) continue;
        await tx.lock('claims', key);
        const held = tx.row('claims', key);
        if (held === undefined) continue;
        const { messageId } = held;
        holders.set(key, { messageId, state: tx.row('messages', messageId)!.state });
      }
      open = open.filter((claim) => !holders.has(this.keyOf(claim)));
    }
    return claims.map((claim) => holders.get(this.keyOf(claim)) ?? null);
  }

  async takeOver(claims: readonly InvoiceClaim[]): Promise<void> {
    await this.tx.statement('take-over');
    for (const claim of claims) {
      await this.tx.update('claims', this.keyOf(claim), (row) => ({ ...row, ...claim }));
    }
  }

  async write({ queued, skipped, withdrawn, dropped, position }: FedMessages): Promise<void> {
    const { tx } = this;
    const { tenantId, runId } = this.run;
    await tx.statement('write-fed');
    for (const { messageId, invoices } of queued) {
      await tx.update('messages', messageId, (row) => ({
        ...row,
        state: 'queued',
        invoices,
        updatedAt: tx.now,
      }));
      await tx.lock('watches', messageId);
      const checkAt = tx.now + firstFeedAgainMs;
      tx.write('watches', messageId, { tenantId, messageId, runId, checkAt, feeds: 1 });
    }
    for (const { messageId, reason } of skipped) {
      await tx.update('messages', messageId, (row) => ({
        ...row,
        state: 'skipped',
        reason,
        updatedAt: tx.now,
      }));
    }
    for (const { resultId, reason } of dropped) {
      await tx.update('results', resultId, (row) => ({ ...row, skipReason: reason }));
    }
    for (const { messageId, reason } of withdrawn) {
      await tx.update('messages', messageId, (row) => ({
        ...row,
        state: row.earlierState!,
        reason: null,
        own: { state: 'stopped', reason },
        updatedAt: tx.now,
      }));
    }
    const fedUpTo = position === this.endsAt ? everything : position;
    await tx.update('feeds', runId, (row) => ({
      ...row,
      ...(row.messagesLeft === 0
        ? { laterPosition: fedUpTo ?? row.laterPosition }
        : { position: fedUpTo ?? row.position }),
      messagesLeft: row.messagesLeft && Math.max(row.messagesLeft - queued.length, 0),
    }));
    this.count({ queued, skipped, withdrawn, dropped, position });
  }

  async records(messageIds: readonly string[]): Promise<RenderMessage[]> {
    await this.tx.statement('render-records');
    return renderRecords(this.tx, this.run.pins, messageIds);
  }

  private count({ queued, skipped, withdrawn, dropped }: FedMessages): void {
    const { tenantId, preparationId } = this.run;
    const kept = queued.reduce((sum, { invoices }) => sum + invoices, 0);
    const common = { tenantId, preparationId, reason: '' };
    const add = (change: Pick<RunRows['counters'], 'unit' | 'status' | 'count'> & { reason?: string }) =>
      this.tx.add({ ...common, ...change });
    add({ unit: 'messages', status: 'pending', count: -queued.length - skipped.length });
    add({ unit: 'messages', status: 'queued', count: queued.length });
    add({ unit: 'invoices', status: 'pending', count: -kept - dropped.length });
    add({ unit: 'invoices', status: 'queued', count: kept });
    for (const { state, invoices } of withdrawn) {
      add({ unit: 'messages', status: 'pending', count: -1 });
      add({ unit: 'messages', status: state, count: 1 });
      add({ unit: 'invoices', status: 'pending', count: -invoices });
      add({ unit: 'invoices', status: state, count: invoices });
    }
    for (const { reason } of skipped) add({ unit: 'messages', status: 'skipped', reason, count: 1 });
    for (const { reason } of dropped) add({ unit: 'invoices', status: 'skipped', reason, count: 1 });
  }

  private keyOf({ invoiceId, revision }: Pick<InvoiceClaim, 'invoiceId' | 'revision'>): string {
    return claimKey(this.run, { invoiceId, revision });
  }
}

export const claimKey = (
  { tenantId, definitionKey }: { readonly tenantId: string; readonly definitionKey: string },
  { invoiceId, revision }: { readonly invoiceId: string; readonly revision: number },
): string => `${tenantId} ${definitionKey} ${invoiceId} ${revision}`;
