import type { CopyRef } from '@mailrun/contracts';
import {
  WatchStore,
  type DueMessages,
  type FedAgain,
  type UnacceptedCopies,
} from '../../application/ports/watch-store.port.js';
import type { WorkIndex } from '../../application/ports/work-index.port.js';
import type { RunsSettings } from '../../application/runs-settings.js';
import { feedAgainAfterMs } from '../../domain/runs/feed-interval.js';
import { claimKey } from './in-memory-feed-store.js';
import { memoryOf, type InMemoryDatabase, type InMemoryTransaction } from './in-memory-database.js';
import { renderRecords } from './render-records.js';
import type { RunRows } from './run-rows.js';

const graceMs = 60_000;
const putOffMs = 1000;
const stoppedAskAfterMs = 5000;

interface Plan extends CopyRef {
  readonly tenantId: string;
  readonly runId: string;
  readonly act: 'feed' | 'ask' | 'wait' | 'forget';
  readonly checkAt: number;
}

export class InMemoryWatchStore extends WatchStore {
  constructor(
    private readonly database: InMemoryDatabase,
    private readonly work: WorkIndex,
    private readonly settings: RunsSettings,
  ) {
    super();
  }

  override async takeDue(limit: number, mostFedAgain: number): Promise<DueMessages> {
    const work = [...(await this.work.list('run')), ...(await this.work.list('held'))];
    if (work.length === 0) return { fedAgain: [], asked: [], count: 0 };
    const tenantIds = [...new Set(work.map(({ tenantId }) => tenantId))];
    return this.database.inTenants(tenantIds, async (given) => {
      const tx = memoryOf(given);
      await tx.statement('due-watches');
      const due = tx
        .rows('watches')
        .filter(({ checkAt }) => checkAt < tx.now)
        .toSorted((a, b) => a.checkAt - b.checkAt)
        .filter(({ messageId }) => tx.tryLock('watches', messageId))
        .slice(0, limit)
        .toSorted((a, b) => (a.messageId < b.messageId ? -1 : 1));
      const plans = due.map((watch) => this.planOf(tx, watch));
      const feeds = plans.filter(({ act }) => act === 'feed');
      const fed = feeds.slice(0, mostFedAgain);
      if (plans.length > 0) await tx.statement('plan-watches');
      for (const plan of plans) {
        const isFed = fed.includes(plan);
        const checkAt = plan.act === 'feed' && !isFed ? tx.now + putOffMs : plan.checkAt;
        await tx.update('watches', plan.messageId, (watch) =>
          plan.act === 'forget' ? undefined : { ...watch, checkAt, feeds: watch.feeds + (isFed ? 1 : 0) },
        );
      }
      const fedAgain = await fedAgainOf(tx, fed);
      const asked = tenantIds.flatMap((tenantId) => {
        const copies = plans
          .filter((plan) => plan.act === 'ask' && plan.tenantId === tenantId)
          .map(({ messageId, copy }) => ({ messageId, copy }));
        return copies.length === 0 ? [] : [{ tenantId, copies }];
      });
      return { fedAgain, asked, count: due.length };
    });
  }

  private planOf(tx: InMemoryTransaction, { messageId, runId, tenantId, feeds }: RunRows['watches']): Plan {
    const { now } = tx;
    const message = tx.row('messages', messageId);
    const isRunning = tx.row('runs', runId)!.state === 'running';
    const plan = (act: Plan['act'], checkAt: number): Plan => ({
      messageId,
      copy: message?.copy ?? 1,
      runId,
      tenantId,
      act,
      checkAt,
    });
    if (message?.state === 'queued') {
      return plan(isRunning ? 'feed' : 'wait', now + feedAgainAfterMs(feeds + 1, this.settings.feedAgainMs));
    }
    if (message === undefined || !['accepted', 'deferred', 'uncertain'].includes(message.state)) {
      return plan('forget', now);
    }
    const askAfterMs = isRunning ? this.settings.askAfterMs : stoppedAskAfterMs;
    const due =
      message.nextTryAt !== null && isRunning ? message.nextTryAt + graceMs : message.updatedAt + askAfterMs;
    return due > now ? plan('wait', due) : plan('ask', now + askAfterMs);
  }

  override async unaccepted(
    { runId, tenantId }: { readonly runId: string; readonly tenantId: string },
    after: string | undefined,
    limit: number,
  ): Promise<UnacceptedCopies | undefined> {
    return this.database.inTenant(tenantId, async (given) => {
      const tx = memoryOf(given);
      await tx.statement('unaccepted');
      const messages = tx
        .rows('watches')
        .filter((watch) => watch.runId === runId && (after === undefined || watch.messageId > after))
        .map(({ messageId }) => tx.row('messages', messageId))
        .filter((message) => message?.state === 'queued')
        .map((message) => message!)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit);
      const [first] = messages;
      if (first === undefined) return undefined;
      const { round } = first;
      const next = messages.findIndex((message) => message.round !== round);
      const ofRound = next < 0 ? messages : messages.slice(0, next);
      const copies = ofRound.map(({ id, copy }) => ({ messageId: id, copy }));
      const { mode, restored } = tx.row('runs', runId)!;
      return { tenantId, runId, mode: mode!, round, restored, copies };
    });
  }

  override async stopPending(
    { runId, tenantId }: { readonly runId: string; readonly tenantId: string },
    limit: number,
  ): Promise<number> {
    return this.database.inTenant(tenantId, async (given) => {
      const tx = memoryOf(given);
      await tx.statement('lock-feed');
      if (tx.row('feeds', runId) === undefined) return 0;
      await tx.lock('feeds', runId);
      const { preparationId, position } = tx.row('feeds', runId)!;
      await tx.statement('stop-pending');
      const pending = tx
        .rows('messages')
        .filter((message) => message.preparationId === preparationId && message.state === 'pending')
        .filter(({ id }) => position === null || id > position)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit);
      const last = pending.at(-1);
      if (last === undefined) return 0;
      const run = tx.row('runs', runId)!;
      const mayHaveLeft = ({ round }: { readonly round: number }) => round <= (run.restored?.round ?? 0);
      const inDoubt = pending.filter(mayHaveLeft);
      for (const { id } of inDoubt) {
        await tx.update('messages', id, (row) => ({ ...row, state: 'queued', updatedAt: tx.now }));
      }
      const ended = pending.filter((message) => !mayHaveLeft(message));
      for (const { id, earlierState } of ended) {
        const own = { state: 'stopped', reason: 'run-stopped' } as const;
        // What earlier copies came to stays.
        const state =
          earlierState === null ? { ...own, own: null } : { state: earlierState, reason: null, own };
        await tx.update('messages', id, (row) => ({ ...row, ...state, updatedAt: tx.now }));
      }
      if (inDoubt.length > 0) await this.keepInDoubt(tx, inDoubt, run);
      await tx.statement('move-feed');
      await tx.update('feeds', runId, (feed) => ({ ...feed, position: last.id }));
      for (const message of pending) {
        const { invoices, earlierState } = message;
        const common = { tenantId, preparationId };
        const status = mayHaveLeft(message) ? 'queued' : (earlierState ?? 'stopped');
        const reason = status === 'stopped' ? 'run-stopped' : '';
        tx.add({ ...common, unit: 'messages', status: 'pending', reason: '', count: -1 });
        tx.add({ ...common, unit: 'messages', status, reason, count: 1 });
        tx.add({ ...common, unit: 'invoices', status: 'pending', reason: '', count: -invoices });
        tx.add({ ...common, unit: 'invoices', status, reason, count: invoices });
      }
      return pending.length;
    });
  }

  /** They are looked after, and hold their invoices, as if they had been fed. */
  private async keepInDoubt(
    tx: InMemoryTransaction,
    messages: readonly { readonly id: string; readonly copy: number }[],
    run: RunRows['runs'],
  ): Promise<void> {
    const { tenantId, id: runId } = run;
    await tx.statement('keep-in-doubt');
    await this.work.add(tx, 'held', { runId, tenantId });
    for (const { id: messageId, copy } of messages) {
      await tx.lock('watches', messageId);
      tx.write('watches', messageId, { tenantId, messageId, runId, checkAt: tx.now, feeds: 1 });
      if (run.mode !== 'live') continue;
      for (const result of tx.rows('results')) {
        if (result.messageId !== messageId || result.skipReason !== null) continue;
        const { invoiceId, invoiceRevision: revision } = result;
        const key = claimKey(run, { invoiceId, revision });
        await tx.lock('claims', key);
        if (tx.row('claims', key) === undefined)
          tx.write('claims', key, { tenantId, invoiceId, revision, messageId, copy });
      }
    }
  }
}

async function fedAgainOf(tx: InMemoryTransaction, plans: readonly Plan[]): Promise<FedAgain[]> {
  if (plans.length === 0) return [];
  await tx.statement('fed-again');
  const roundOf = ({ messageId }: Plan) => tx.row('messages', messageId)!.round;
  return [...Map.groupBy(plans, (plan) => `${plan.runId}.${roundOf(plan)}`).values()].map((of) => {
    const [first] = of;
    const { tenantId, mode, preparationId, id, restored } = tx.row('runs', first!.runId)!;
    const { pins } = tx.row('preparations', preparationId!)!;
    const ids = of.map(({ messageId }) => messageId);
    const records = renderRecords(tx, pins, ids);
    const fedAt = new Date(tx.now);
    return { tenantId, runId: id, mode: mode!, round: roundOf(first!), restored, fedAt, records };
  });
}
