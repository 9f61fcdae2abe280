import { randomUUID } from 'node:crypto';
import type { Transaction } from '@mailrun/platform-persistence';
import {
  RunStore,
  type Count,
  type RunChange,
  type RunningRun,
  type UnknownNames,
} from '../../application/ports/run-store.port.js';
import type { NewRun, Run, Selection } from '../../domain/runs/run.js';
import { memoryOf } from './in-memory-database.js';

/** How soon the outcomes of a stopped run are asked for. */
const stoppedAskAfterMs = 5000;

export class InMemoryRunStore extends RunStore {
  override async insert(given: Transaction, tenantId: string, run: NewRun): Promise<string> {
    const tx = memoryOf(given);
    await tx.statement('insert-run');
    const id = randomUUID();
    await tx.lock('runs', id);
    tx.write('runs', id, {
      ...run,
      id,
      tenantId,
      state: 'draft',
      why: null,
      mode: null,
      preparationId: null,
      inDoubtPolicy: null,
      version: 1,
      resumedAt: null,
      endedAt: null,
      isFirstPassDone: false,
      restored: null,
      restoredCheckpoint: null,
    });
    return id;
  }

  override async find(given: Transaction, id: string): Promise<Run | undefined> {
    const tx = memoryOf(given);
    await tx.statement('find-run');
    return tx.row('runs', id);
  }

  override async running(given: Transaction, ids: readonly string[]): Promise<RunningRun[]> {
    const tx = memoryOf(given);
    await tx.statement('running-runs');
    return tx
      .rows('runs')
      .filter(({ id, state }) => state === 'running' && ids.includes(id))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, tenantId, mode }) => ({ runId: id, tenantId, mode: mode! }));
  }

  override async lock(given: Transaction, id: string): Promise<Run | undefined> {
    const tx = memoryOf(given);
    await tx.statement('lock-run');
    // In the order in which feeding locks them.
    if (tx.row('feeds', id) !== undefined) await tx.lock('feeds', id);
    if (tx.row('runs', id) === undefined) return undefined;
    await tx.lock('runs', id);
    return tx.row('runs', id);
  }

  override async change(given: Transaction, id: string, change: RunChange): Promise<void> {
    const tx = memoryOf(given);
    await tx.statement('change-run');
    const { endedAt, resumedAt, state, why, mode, preparationId, inDoubtPolicy } = change;
    const now = new Date(tx.now);
    const named = { state, why, mode, preparationId, inDoubtPolicy };
    const plain = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
    await tx.update('runs', id, (run) => ({
      ...run,
      ...plain,
      ...(endedAt === undefined ? {} : { endedAt: endedAt === 'now' ? now : null }),
      ...(resumedAt === undefined ? {} : { resumedAt: now }),
      version: run.version + 1,
    }));
  }

  override async findUnknown(
    given: Transaction,
    tenantId: string,
    selection: Selection,
  ): Promise<UnknownNames> {
    const tx = memoryOf(given);
    await tx.statement('find-unknown');
    if ('clusterCode' in selection) return { cluster: false, invoiceCodes: [] };
    const known = tx.rows('invoices').filter((invoice) => invoice.tenantId === tenantId);
    const codes = new Set(known.map(({ code }) => code));
    return { cluster: false, invoiceCodes: selection.invoiceCodes.filter((code) => !codes.has(code)) };
  }

  override async counts(given: Transaction, preparationId: string): Promise<Count[]> {
    const tx = memoryOf(given);
    await tx.statement('counts');
    return tx
      .counters(preparationId)
      .map(({ unit, status, reason, count }) => ({ unit, status, reason, count }))
      .toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  }

  override async openRound(given: Transaction, run: Run, round: number): Promise<void> {
    const tx = memoryOf(given);
    const { tenantId, id: runId, preparationId, mode } = run;
    await tx.statement('open-round');
    const key = `${runId}.${round}`;
    await tx.lock('gates', key);
    if (tx.row('gates', key) !== undefined) throw new Error(`Round ${round} is open already.`);
    tx.write('gates', key, {
      tenantId,
      runId,
      mode: mode!,
      round,
      revision: 1,
      state: 'running',
      confirmedRevision: 0,
    });
    await tx.statement('open-feed');
    await tx.lock('feeds', runId);
    tx.write('feeds', runId, {
      tenantId,
      runId,
      preparationId: preparationId!,
      round,
      position: null,
      messagesLeft: null,
      heldRound: null,
      laterPosition: null,
      pauseWhy: null,
    });
    await tx.lock('rounds', key);
    tx.write('rounds', key, {
      tenantId,
      runId,
      round,
      kind: 'first',
      messageId: null,
      checkpoint: null,
      isOpen: true,
    });
  }

  async changeRounds(given: Transaction, run: Run, state: 'running' | 'paused'): Promise<void> {
    const tx = memoryOf(given);
    await tx.statement('change-rounds');
    for (const { runId, round } of tx.rows('gates')) {
      if (runId !== run.id) continue;
      await tx.update('gates', `${runId}.${round}`, (gate) =>
        gate.state === 'stopped' || gate.state === state
          ? gate
          : { ...gate, state, revision: gate.revision + 1 },
      );
    }
  }

  async limitFeeding(given: Transaction, run: Run, messages: number | null): Promise<void> {
    const tx = memoryOf(given);
    await tx.statement('limit-feeding');
    await tx.update('feeds', run.id, (feed) => ({
      ...feed,
      messagesLeft: messages,
      heldRound: feed.round,
      laterPosition: null,
      pauseWhy: 'first-messages-sent',
    }));
  }

  override async holdRest(given: Transaction, run: Run, round: number): Promise<void> {
    const tx = memoryOf(given);
    await tx.statement('hold-rest');
    await tx.update('feeds', run.id, (feed) => ({
      ...feed,
      messagesLeft: 0,
      pauseWhy: 'rest-waits',
      laterPosition: null,
      heldRound: feed.messagesLeft === 0 ? feed.heldRound : round - 1,
    }));
  }

  override async stopRounds(given: Transaction, run: Run): Promise<void> {
    const tx = memoryOf(given);
    await tx.statement('stop-rounds');
    for (const { runId, round, state } of tx.rows('gates')) {
      if (runId !== run.id || state === 'stopped') continue;
      await tx.update('gates', `${runId}.${round}`, (gate) =>
        gate.state === 'stopped' ? gate : { ...gate, state: 'stopped', revision: gate.revision + 1 },
      );
    }
    for (const { runId, round, isOpen } of tx.rows('rounds')) {
      if (runId !== run.id || isOpen) continue;
      await tx.update('rounds', `${runId}.${round}`, (row) => ({ ...row, isOpen: true }));
    }
    await tx.statement('ask-soon');
    const soon = tx.now + stoppedAskAfterMs;
    for (const { runId, messageId, checkAt } of tx.rows('watches')) {
      if (runId !== run.id || checkAt <= soon) continue;
      await tx.update('watches', messageId, (watch) =>
        watch.checkAt > soon ? { ...watch, checkAt: soon } : watch,
      );
    }
  }
}

const orderOf = ({ unit, status, reason }: Count): string => `${unit} ${status} ${reason}`;
