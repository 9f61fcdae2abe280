import { Injectable } from '@nestjs/common';
import type { RenderMessage } from '@mailrun/contracts';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import {
  FeedStore,
  type FedMessages,
  type FeedCandidate,
  type Feeding,
  type FeedingRun,
  type InvoiceClaim,
} from '../../application/ports/feed-store.port.js';
import { RunsSettings } from '../../application/runs-settings.js';
import { WorkIndex } from '../../application/ports/work-index.port.js';
import type { FeedableRun } from '../../domain/runs/feed-window.js';
import type { ClaimHolder } from '../../domain/runs/settle-claim.js';
import { CounterChanges, changeCounters } from './counters.js';
import { readRenderRecords, type RecordSource } from './render-records.js';
import * as sql from './sql/feed.sql.js';

@Injectable()
export class PostgresFeedStore extends FeedStore {
  constructor(
    private readonly database: Database,
    private readonly work: WorkIndex,
    private readonly settings: RunsSettings,
  ) {
    super();
  }

  override async feedableRuns(): Promise<FeedableRun[]> {
    const work = await this.work.list('run');
    if (work.length === 0) return [];
    return this.database.once<FeedableRun>(
      work.map(({ tenantId }) => tenantId),
      'runs-feedable',
      sql.feedableRuns,
      [work.map(({ runId }) => runId)],
    );
  }

  override async withRun<Result>(
    { runId, tenantId }: { readonly runId: string; readonly tenantId: string },
    work: (feeding: Feeding) => Promise<Result>,
  ): Promise<Result | undefined> {
    return this.database.inTenant(
      tenantId,
      async (tx) => {
        const [run] = await tx.prepared<LockedRun>('runs-lock-feed', sql.lockFeed, [runId]);
        return run === undefined ? undefined : work(new PostgresFeeding(tx, run, this.settings.feedAgainMs));
      },
      { settings: sql.byKeysOnly },
    );
  }
}

type LockedRun = FeedingRun &
  RecordSource & {
    readonly position: string | null;
    readonly messagesLeft: number | null;
    readonly heldRound: number | null;
    readonly laterPosition: string | null;
  };
type CandidateRow = Omit<FeedCandidate, 'invoices'> & FeedCandidate['invoices'][number];

const keyOf = ({ invoiceId, revision }: Pick<InvoiceClaim, 'invoiceId' | 'revision'>) =>
  `${invoiceId}.${revision}`;

class PostgresFeeding implements Feeding {
  constructor(
    private readonly tx: Transaction,
    readonly run: LockedRun,
    private readonly feedAgainMs: number,
  ) {}

  /** Id of the last candidate after which there is none; undefined: there may be more. */
  private endsAt: string | null | undefined;

  async candidates(limit: number): Promise<FeedCandidate[]> {
    const { preparationId, position, firstId, lastId, messagesLeft, heldRound, laterPosition } = this.run;
    const isHeld = messagesLeft === 0;
    const most = messagesLeft === null || isHeld ? limit : Math.min(limit, messagesLeft);
    const rows = await this.tx.prepared<CandidateRow>('runs-feed-candidates', sql.candidates, [
      preparationId,
      (isHeld ? laterPosition : position) ?? firstId,
      lastId,
      most,
      isHeld ? (heldRound ?? 0) : 0,
      firstId,
    ]);
    const byMessage = new Map<string, FeedCandidate & { invoices: FeedCandidate['invoices'][number][] }>();
    for (const { messageId, copy, round, earlierState, isCustomerSuspended, ...invoice } of rows) {
      const candidate = byMessage.get(messageId);
      if (candidate === undefined)
        byMessage.set(messageId, {
          messageId,
          copy,
          round,
          earlierState,
          isCustomerSuspended,
          invoices: [invoice],
        });
      else candidate.invoices.push(invoice);
    }
    // Where only later rounds are fed and there is none any more, nobody looks again before there is.
    this.endsAt = isHeld && byMessage.size < most ? ([...byMessage.keys()].at(-1) ?? null) : undefined;
    return [...byMessage.values()];
  }

  async claim(claims: readonly InvoiceClaim[]): Promise<(ClaimHolder | null)[]> {
    const holders = new Map<string, ClaimHolder | null>();
    let open = claims;
    // A holder may free its invoice between the two statements: then it is claimed the next time.
    while (open.length > 0) {
      const claimed = await this.tx.prepared<Pick<InvoiceClaim, 'invoiceId' | 'revision'>>(
        'runs-claim-invoices',
        sql.claimInvoices,
        this.claimValues(open),
      );
      for (const claim of claimed) holders.set(keyOf(claim), null);
      open = open.filter((claim) => !holders.has(keyOf(claim)));
      if (open.length === 0) break;
      const held = await this.tx.query<ClaimHolder & InvoiceClaim>(
        sql.claimHolders,
        this.claimValues(open).slice(0, 4),
      );
      for (const { messageId, state, ...key } of held) holders.set(keyOf(key), { messageId, state });
      open = open.filter((claim) => !holders.has(keyOf(claim)));
    }
    return claims.map((claim) => holders.get(keyOf(claim)) ?? null);
  }

  async takeOver(claims: readonly InvoiceClaim[]): Promise<void> {
    await this.tx.execute(sql.takeOver, this.claimValues(claims));
  }

  async write(fed: FedMessages): Promise<void> {
    const { tenantId, runId } = this.run;
    await this.tx.prepared('runs-write-fed', sql.writeFed, [
      tenantId,
      runId,
      fed.queued.map(({ messageId }) => messageId),
      fed.queued.map(({ invoices }) => invoices),
      fed.skipped.map(({ messageId }) => messageId),
      fed.skipped.map(({ reason }) => reason),
      fed.dropped.map(({ resultId }) => resultId),
      fed.dropped.map(({ reason }) => reason),
      fed.position === this.endsAt ? this.run.lastId : fed.position,
      this.feedAgainMs,
    ]);
    if (fed.withdrawn.length > 0) {
      this.tx.lastly('runs-withdraw', sql.withdraw, [
        fed.withdrawn.map(({ messageId }) => messageId),
        fed.withdrawn.map(({ reason }) => reason),
      ]);
    }
    this.count(fed);
  }

  records(messageIds: readonly string[]): Promise<RenderMessage[]> {
    return readRenderRecords(this.tx, this.run, messageIds);
  }

  private count({ queued, skipped, withdrawn, dropped }: FedMessages): void {
    const { tenantId, preparationId } = this.run;
    const changes = new CounterChanges();
    const common = { tenantId, preparationId, reason: '' };
    const kept = queued.reduce((sum, { invoices }) => sum + invoices, 0);
    const left = withdrawn.reduce((sum, { invoices }) => sum + invoices, 0);
    const messages = queued.length + skipped.length + withdrawn.length;
    changes.add({ ...common, unit: 'messages', status: 'pending', count: -messages });
    changes.add({ ...common, unit: 'messages', status: 'queued', count: queued.length });
    changes.add({ ...common, unit: 'invoices', status: 'pending', count: -kept - left - dropped.length });
    changes.add({ ...common, unit: 'invoices', status: 'queued', count: kept });
    for (const { state, invoices } of withdrawn) {
      changes.add({ ...common, unit: 'messages', status: state, count: 1 });
      changes.add({ ...common, unit: 'invoices', status: state, count: invoices });
    }
    for (const { reason } of skipped)
      changes.add({ ...common, unit: 'messages', status: 'skipped', reason, count: 1 });
    for (const { reason } of dropped)
      changes.add({ ...common, unit: 'invoices', status: 'skipped', reason, count: 1 });
    changeCounters(this.tx, changes.list());
  }

  private claimValues(claims: readonly InvoiceClaim[]): unknown[] {
    return [
      this.run.tenantId,
      this.run.definitionKey,
      claims.map(({ invoiceId }) => invoiceId),
      claims.map(({ revision }) => revision),
      claims.map(({ messageId }) => messageId),
      claims.map(({ copy }) => copy),
    ];
  }
}
