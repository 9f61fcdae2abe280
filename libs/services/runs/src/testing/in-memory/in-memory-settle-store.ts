import type { MessageState } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import { SettleStore, type OpenRun } from '../../application/ports/settle-store.port.js';
import { everything } from './in-memory-feed-store.js';
import { memoryOf, type InMemoryDatabase, type InMemoryTransaction } from './in-memory-database.js';

export class InMemorySettleStore extends SettleStore {
  constructor(private readonly database: InMemoryDatabase) {
    super();
  }

  override async openRuns(
    runs: readonly { readonly runId: string; readonly tenantId: string }[],
  ): Promise<OpenRun[]> {
    return this.database.inTenants(
      runs.map(({ tenantId }) => tenantId),
      async (given) => {
        const tx = memoryOf(given);
        await tx.statement('open-runs');
        return runs.flatMap(({ runId }) => openRun(tx, runId) ?? []);
      },
    );
  }

  override async withRun(
    { runId, tenantId }: { readonly runId: string; readonly tenantId: string },
    work: (tx: Transaction, run: OpenRun) => Promise<void>,
  ): Promise<void> {
    await this.database.inTenant(tenantId, async (given) => {
      const tx = memoryOf(given);
      await tx.statement('lock-run');
      if (tx.row('runs', runId) === undefined) return;
      await tx.lock('runs', runId);
      await tx.statement('open-run');
      const run = openRun(tx, runId);
      if (run !== undefined) await work(tx, run);
    });
  }

  override async markFirstPass(given: Transaction, runId: string): Promise<void> {
    const tx = memoryOf(given);
    await tx.statement('mark-first-pass');
    await tx.update('runs', runId, (run) => ({ ...run, isFirstPassDone: true }));
  }
}

function openRun(tx: InMemoryTransaction, runId: string): OpenRun | undefined {
  const run = tx.row('runs', runId);
  if (run === undefined || run.endedAt !== null || (run.state !== 'running' && run.state !== 'stopped')) {
    return undefined;
  }
  const messages: Partial<Record<MessageState, number>> = {};
  for (const { unit, status, count } of tx.counters(run.preparationId!)) {
    if (unit === 'messages') messages[status] = (messages[status] ?? 0) + count;
  }
  const { tenantId, state, isFirstPassDone } = run;
  const isBeingMade =
    tx.rows('rounds').some((round) => round.runId === runId && !round.isOpen) ||
    tx.rows('lost').some((lost) => lost.runId === runId) ||
    tx.rows('decisions').some((decision) => decision.runId === runId && !decision.isDone);
  const pausesFor = pauseOf(tx, runId, messages.pending ?? 0);
  return { runId, tenantId, state, isFirstPassDone, isBeingMade, pausesFor, messages };
}

/** Why it pauses itself, where what it was to feed was tried and more waits. */
function pauseOf(tx: InMemoryTransaction, runId: string, pending: number): OpenRun['pausesFor'] {
  const feed = tx.row('feeds', runId);
  if (feed?.messagesLeft !== 0) return null;
  if (feed.round !== feed.heldRound && feed.laterPosition !== everything && pending > 0) return null;
  const watched = tx
    .rows('watches')
    .filter((watch) => watch.runId === runId)
    .map(({ messageId }) => tx.row('messages', messageId)!);
  const gateOf = (round: number) => tx.row('gates', `${runId}.${round}`)?.state;
  const isTrying = watched.some(
    ({ state, round }) => (state === 'queued' || state === 'accepted') && gateOf(round) === 'running',
  );
  const waits = pending > 0 || watched.some(({ round }) => gateOf(round) === 'paused');
  return !isTrying && waits ? feed.pauseWhy : null;
}
