import type { InDoubtPolicy, Mode, RenderMessage } from '@mailrun/contracts';
import type { EngineStores, KnownRow, RunRef } from '../../application/ports/engine-stores.js';
import type { RunsSettings } from '../../application/runs-settings.js';
import { InMemoryDatabase, type Step } from './in-memory-database.js';
import { InMemoryDecisionStore } from './in-memory-decision-store.js';
import { InMemoryFeedStore } from './in-memory-feed-store.js';
import { InMemoryGateStore } from './in-memory-gate-store.js';
import { InMemoryOutcomeStore } from './in-memory-outcome-store.js';
import { InMemoryRestoredCopies } from './in-memory-restored-copies.js';
import { InMemoryRestoredRuns } from './in-memory-restored-runs.js';
import { InMemoryRoundStore } from './in-memory-round-store.js';
import { InMemoryRunStore } from './in-memory-run-store.js';
import { InMemorySettleStore } from './in-memory-settle-store.js';
import { InMemoryTables } from './in-memory-tables.js';
import { InMemoryWatchStore } from './in-memory-watch-store.js';
import { InMemoryWorkIndex } from './in-memory-work-index.js';
import type { RunRows } from './run-rows.js';

export const memoryTenant = '01900000-0000-7000-8000-000000000001';

/** The adapters of one process over the tables that all share. */
export class InMemoryStores {
  readonly database: InMemoryDatabase;
  readonly runs = new InMemoryRunStore();
  readonly work: InMemoryWorkIndex;
  readonly feeds: InMemoryFeedStore;
  readonly outcomes: InMemoryOutcomeStore;
  readonly watches: InMemoryWatchStore;
  readonly gates: InMemoryGateStore;
  readonly settling: InMemorySettleStore;
  readonly rounds: InMemoryRoundStore;
  readonly restoredRuns: InMemoryRestoredRuns;
  readonly restoredCopies: InMemoryRestoredCopies;
  readonly decisions: InMemoryDecisionStore;

  constructor(
    readonly tables: InMemoryTables<RunRows>,
    {
      settings,
      step,
      name,
    }: { readonly settings: RunsSettings; readonly step?: Step; readonly name?: string },
  ) {
    this.database = new InMemoryDatabase(tables, step, name);
    this.work = new InMemoryWorkIndex(this.database);
    this.feeds = new InMemoryFeedStore(this.database, this.work);
    this.outcomes = new InMemoryOutcomeStore(this.database, this.work, settings);
    this.watches = new InMemoryWatchStore(this.database, this.work, settings);
    this.gates = new InMemoryGateStore(this.database);
    this.settling = new InMemorySettleStore(this.database);
    this.rounds = new InMemoryRoundStore(this.database);
    this.restoredRuns = new InMemoryRestoredRuns(this.database);
    this.restoredCopies = new InMemoryRestoredCopies(this.database);
    this.decisions = new InMemoryDecisionStore(this.database);
  }
}

/** Ids that sort in the order in which they are made, by kind. */
export class IdSequence {
  private next = 0;

  take(): string {
    this.next += 1;
    return `01900000-0000-7000-8000-${this.next.toString(16).padStart(12, '0')}`;
  }
}

export interface PreparedRun {
  readonly customers: number;
  readonly mode?: Mode;
  readonly inDoubtPolicy?: InDoubtPolicy;
  readonly sendAgain?: boolean;
  /** Addresses of each mail, by customer; one of kind `to` where it is left out. */
  readonly recipients?: (customer: number) => RenderMessage['recipients'];
}

const sha256 = 'a'.repeat(64);

/** A billing company and prepared runs as rows, past the use cases that make them. */
export class InMemoryCompany {
  private readonly customers: { readonly customerId: string; readonly invoiceId: string }[] = [];

  constructor(
    private readonly tables: InMemoryTables<RunRows>,
    private readonly ids = new IdSequence(),
    readonly tenantId = memoryTenant,
  ) {}

  /** One message with one invoice for each of the first customers. */
  prepare({
    customers,
    mode = 'live',
    inDoubtPolicy = 'hold',
    sendAgain = false,
    recipients,
  }: PreparedRun): RunRef {
    const { tenantId, tables, ids } = this;
    const [runId, preparationId] = [ids.take(), ids.take()];
    tables.table('runs').set(runId, {
      id: runId,
      tenantId,
      definitionKey: 'monthly',
      selection: { invoiceCodes: [] },
      bcc: [],
      sendAgain,
      note: null,
      state: 'prepared',
      why: null,
      mode,
      preparationId,
      inDoubtPolicy,
      version: 1,
      resumedAt: null,
      endedAt: null,
      isFirstPassDone: false,
      restored: null,
      restoredCheckpoint: null,
    });
    const pins = { key: `pins/${runId}`, sha256, sizeBytes: 1 };
    tables
      .table('preparations')
      .set(preparationId, { tenantId, id: preparationId, pins, messagesPerMinute: null });
    for (let index = 0; index < customers; index += 1) {
      const { customerId, invoiceId } = (this.customers[index] ??= this.newCustomer(index));
      const [messageId, resultId] = [ids.take(), ids.take()];
      const results = { tenantId, id: resultId, messageId, invoiceId, invoiceRevision: 1, skipReason: null };
      tables.table('results').set(resultId, results);
      tables.table('messages').set(messageId, {
        tenantId,
        id: messageId,
        runId,
        preparationId,
        round: 1,
        copy: 1,
        revision: 0,
        state: 'pending',
        reason: null,
        invoices: 1,
        hasAccepted: false,
        earlierState: null,
        own: null,
        nextTryAt: null,
        updatedAt: tables.now(),
        content: {
          customer: {
            id: customerId,
            code: `C${index}`,
            name: `Customer ${index}`,
            clusterCode: 'ALL',
            metadata: {},
          },
          recipients: recipients?.(index) ?? [{ kind: 'to', address: `c${index}@y.test` }],
          documents: [],
        },
      });
    }
    for (const unit of ['messages', 'invoices'] as const) {
      const counter = {
        tenantId,
        preparationId,
        unit,
        status: 'pending',
        reason: '',
        count: customers,
      } as const;
      tables.table('counters').set(`${preparationId} ${unit} pending `, counter);
    }
    return { runId, tenantId };
  }

  private newCustomer(index: number): { customerId: string; invoiceId: string } {
    const { tenantId } = this;
    const [customerId, invoiceId] = [this.ids.take(), this.ids.take()];
    this.tables.table('customers').set(customerId, { tenantId, id: customerId, isSuspended: false });
    this.tables.table('invoices').set(invoiceId, {
      tenantId,
      id: invoiceId,
      code: `I-C${index}`,
      revision: 1,
      periodFirstDay: '2025-05-01',
      periodLastDay: '2025-05-31',
      currency: 'EUR',
      total: '13.80',
      data: {},
      isApproved: true,
    });
    return { customerId, invoiceId };
  }
}

/** What the counters of a preparation are, and what its rows say: equal, or something is wrong. */
export function countersAndRows(
  tables: InMemoryTables<RunRows>,
  preparationId: string,
): { readonly counters: Record<string, number>; readonly rows: Record<string, number> } {
  const counters: Record<string, number> = {};
  const rows: Record<string, number> = {};
  for (const { unit, status, reason, count, ...of } of tables.table('counters').values()) {
    if (of.preparationId === preparationId && count !== 0) counters[`${unit} ${status} ${reason}`] = count;
  }
  const add = (key: string) => (rows[key] = (rows[key] ?? 0) + 1);
  const messages = tables.table('messages');
  for (const message of messages.values()) {
    if (message.preparationId === preparationId) add(`messages ${message.state} ${message.reason ?? ''}`);
  }
  for (const { messageId, skipReason } of tables.table('results').values()) {
    const message = messages.get(messageId)!;
    if (message.preparationId !== preparationId) continue;
    if (skipReason === null) add(`invoices ${message.state} ${message.reason ?? ''}`);
    else add(`invoices skipped ${skipReason}`);
  }
  return { counters, rows };
}

/** The engine's ports in memory, for their behaviour suites. */
export class InMemoryEngine extends InMemoryStores implements EngineStores {
  private readonly company: InMemoryCompany;

  constructor() {
    const tables = new InMemoryTables<RunRows>();
    super(tables, { settings: { maxFailedShare: 1, askAfterMs: 600_000, feedAgainMs: 15_000, pollMs: 500 } });
    this.company = new InMemoryCompany(tables);
  }

  async startedRun(customers: number): Promise<RunRef> {
    const ref = this.company.prepare({ customers });
    await this.database.inTenant(ref.tenantId, async (tx) => {
      const run = await this.runs.lock(tx, ref.runId);
      await this.runs.change(tx, ref.runId, { state: 'running', startedAt: 'now' });
      await this.runs.openRound(tx, run!, 1);
      await this.work.add(tx, 'run', ref);
    });
    return ref;
  }

  async messages({ runId }: RunRef): Promise<KnownRow[]> {
    return [...this.tables.table('messages').values()]
      .filter((message) => message.runId === runId)
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  async assertCounters({ runId }: RunRef): Promise<void> {
    const { counters, rows } = countersAndRows(
      this.tables,
      this.tables.table('runs').get(runId)!.preparationId!,
    );
    expect(counters).toEqual(rows);
  }

  async makeDue({ runId }: RunRef): Promise<void> {
    const watches = this.tables.table('watches');
    for (const [key, watch] of watches) {
      if (watch.runId === runId) watches.set(key, { ...watch, checkAt: this.tables.now() - 1000 });
    }
  }

  async age({ runId }: RunRef): Promise<void> {
    const messages = this.tables.table('messages');
    for (const [key, message] of messages) {
      if (message.runId === runId)
        messages.set(key, { ...message, updatedAt: message.updatedAt - 3_600_000 });
    }
  }

  async suspend(run: RunRef, index: number): Promise<void> {
    const { content } = [...this.tables.table('messages').values()].filter(
      ({ runId }) => runId === run.runId,
    )[index]!;
    const { id } = content.customer;
    this.tables.table('customers').set(id, { tenantId: run.tenantId, id, isSuspended: true });
  }
}
