import type { ChangedAddresses, MessageState } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import { RoundStore, type NewRound, type RoundMessage } from '../../application/ports/round-store.port.js';
import { earlierStates } from '../../domain/runs/copies.js';
import { leavesOutReached, messagesOfRound, type RoundKind } from '../../domain/runs/rounds.js';
import type { Run } from '../../domain/runs/run.js';
import { memoryOf, type InMemoryDatabase, type InMemoryTransaction } from './in-memory-database.js';
import type { RunRows } from './run-rows.js';

type RunRef = { readonly runId: string; readonly tenantId: string };
type Message = RunRows['messages'];

const lostStates: readonly MessageState[] = ['failed', 'partly-sent', 'sent', 'uncertain'];

export class InMemoryRoundStore extends RoundStore {
  constructor(private readonly database: InMemoryDatabase) {
    super();
  }

  override async begin(given: Transaction, run: Run, { kind, messageId }: NewRound): Promise<number> {
    const tx = memoryOf(given);
    const { tenantId, id: runId, mode } = run;
    await tx.statement('begin-round');
    const rounds = tx.rows('gates').filter((gate) => gate.runId === runId);
    const round = Math.max(...rounds.map((gate) => gate.round)) + 1;
    const key = `${runId}.${round}`;
    await tx.lock('gates', key);
    const state = 'running';
    tx.write('gates', key, { tenantId, runId, mode: mode!, round, revision: 1, state, confirmedRevision: 0 });
    await tx.lock('rounds', key);
    tx.write('rounds', key, { tenantId, runId, round, kind, messageId, checkpoint: null, isOpen: false });
    await tx.update('feeds', runId, (feed) => ({ ...feed, round }));
    return round;
  }

  override async isBeingMade(given: Transaction, runId: string, kind: RoundKind): Promise<boolean> {
    const tx = memoryOf(given);
    await tx.statement('is-being-made');
    return tx.rows('rounds').some((round) => round.runId === runId && round.kind === kind && !round.isOpen);
  }

  /** Customers here keep their addresses. */
  override changedAddresses(run: RunRef): Promise<ChangedAddresses> {
    return this.database.inTenant(run.tenantId, async (given) => {
      await memoryOf(given).statement('changed-addresses');
      return { count: 0, first: [], withoutAddress: 0, lookedAt: 0 };
    });
  }

  override async findMessage(given: Transaction, messageId: string): Promise<RoundMessage | undefined> {
    const tx = memoryOf(given);
    await tx.statement('find-message');
    return tx.row('messages', messageId);
  }

  override async makeOne(
    given: Transaction,
    { id }: Run,
    round: number,
    messageId: string,
  ): Promise<boolean> {
    const tx = memoryOf(given);
    const row = tx.row('rounds', `${id}.${round}`)!;
    return (await this.makeChunk(tx, { ...row, messageId }, 2)) === 1;
  }

  override async makeNext(run: RunRef, limit: number): Promise<boolean> {
    return this.database.inTenant(run.tenantId, async (given) => {
      const tx = memoryOf(given);
      if (!(await this.lock(tx, run.runId))) return false;
      await tx.statement('next-round');
      const [round] = tx
        .rows('rounds')
        .filter(({ runId, isOpen }) => runId === run.runId && !isOpen)
        .toSorted((a, b) => a.round - b.round);
      if (round === undefined) return false;
      await this.makeChunk(tx, round, limit);
      return true;
    });
  }

  override async replaceLost({ runId, tenantId }: RunRef, limit: number): Promise<boolean> {
    return this.database.inTenant(tenantId, async (given) => {
      const tx = memoryOf(given);
      const isUnderWay = await this.lock(tx, runId);
      await tx.statement('take-lost');
      const lost = tx
        .rows('lost')
        .filter((row) => row.runId === runId)
        .toSorted((a, b) => (a.messageId < b.messageId ? -1 : 1))
        .slice(0, limit);
      const wanted: Message[] = [];
      for (const { messageId, copy } of lost) {
        await tx.update('lost', messageId, () => undefined);
        const message = tx.row('messages', messageId)!;
        const isStopped = tx.row('gates', `${runId}.${message.round}`)?.state === 'stopped';
        if (!isStopped && message.copy === copy && isUnderWay) wanted.push(message);
      }
      if (wanted.length > 0) {
        await tx.statement('make-copies');
        for (const { id, round } of wanted) await this.makeCopy(tx, id, lostStates, round, true);
        await this.feedFrom(tx, runId, wanted[0]!.id, null);
      }
      return lost.length === limit;
    });
  }

  /** The feed first, then the run. @returns whether it is under way still */
  private async lock(tx: InMemoryTransaction, runId: string): Promise<boolean> {
    await tx.statement('lock-feed');
    await tx.lock('feeds', runId);
    await tx.statement('lock-run');
    await tx.lock('runs', runId, 'share');
    return tx.row('runs', runId)!.state !== 'stopped';
  }

  private async makeChunk(tx: InMemoryTransaction, round: RunRows['rounds'], limit: number): Promise<number> {
    const { runId, kind, messageId, checkpoint } = round;
    const states = messagesOfRound[kind as RoundKind];
    const { preparationId } = tx.row('runs', runId)!;
    await tx.statement('make-copies');
    const picked = tx
      .rows('messages')
      .filter((message) => message.preparationId === preparationId && states.includes(message.state))
      .filter(
        ({ id }) => (checkpoint === null || id > checkpoint) && (messageId === null || id === messageId),
      )
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit);
    let made = 0;
    for (const { id } of picked) {
      if (await this.makeCopy(tx, id, states, round.round, leavesOutReached(kind as RoundKind))) made += 1;
    }
    if (made > 0) await this.feedFrom(tx, runId, messageId, checkpoint);
    await tx.statement('move-checkpoint');
    const isOpen = picked.length < limit;
    const reached = picked.at(-1)?.id ?? checkpoint;
    await tx.update('rounds', `${runId}.${round.round}`, (row) => ({ ...row, checkpoint: reached, isOpen }));
    return made;
  }

  /** @returns whether there is someone to whom it may go */
  private async makeCopy(
    tx: InMemoryTransaction,
    id: string,
    states: readonly MessageState[],
    round: number,
    leavesOut: boolean,
  ): Promise<boolean> {
    await tx.lock('messages', id);
    const before = tx.row('messages', id)!;
    const recipients = before.content.recipients.filter(
      ({ address }) => !leavesOut || tx.row('reached', `${id} ${address.toLowerCase()}`) === undefined,
    );
    if (!states.includes(before.state) || recipients.length === 0) return false;
    const { tenantId, preparationId, copy, revision, invoices, round: fedIn } = before;
    const last = before.own ?? { state: before.state, reason: before.reason };
    await tx.lock('copies', `${id}.${copy}`);
    tx.write('copies', `${id}.${copy}`, { tenantId, messageId: id, copy, round: fedIn, revision, ...last });
    await tx.lock('copyRecipients', `${id}.${copy + 1}`);
    tx.write('copyRecipients', `${id}.${copy + 1}`, { tenantId, recipients });
    const known = [last.state, before.earlierState];
    tx.write('messages', id, {
      ...before,
      copy: copy + 1,
      round,
      revision: 0,
      state: 'pending',
      reason: null,
      own: null,
      earlierState: earlierStates.find((state) => known.includes(state)) ?? null,
      nextTryAt: null,
      updatedAt: tx.now,
    });
    for (const [status, reason, sign] of [
      [before.state, before.reason ?? '', -1],
      ['pending', '', 1],
    ] as const) {
      const common = { tenantId, preparationId, status, reason };
      tx.add({ ...common, unit: 'messages', count: sign });
      tx.add({ ...common, unit: 'invoices', count: sign * invoices });
    }
    return true;
  }

  /** What was fed goes back, so that the new copies are found: to a checkpoint, or before a message. */
  private async feedFrom(
    tx: InMemoryTransaction,
    runId: string,
    messageId: string | null,
    checkpoint: string | null,
  ): Promise<void> {
    await tx.statement('feed-from');
    const { preparationId } = tx.row('runs', runId)!;
    const before = tx
      .rows('messages')
      .filter((message) => message.preparationId === preparationId && message.id < (messageId ?? ''))
      .map(({ id }) => id)
      .sort()
      .at(-1);
    const start = messageId === null ? checkpoint : (before ?? null);
    const back = (position: string | null) =>
      position === null || start === null ? null : position < start ? position : start;
    await tx.update('feeds', runId, (feed) => ({
      ...feed,
      position: back(feed.position),
      laterPosition: back(feed.laterPosition),
    }));
  }
}
