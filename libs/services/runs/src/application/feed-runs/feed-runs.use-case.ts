import { Injectable } from '@nestjs/common';
import type { RenderMessage } from '@mailrun/contracts';
import { shareWindow, type FeedShare } from '../../domain/runs/feed-window.js';
import { EngineObserver } from '../ports/engine-observer.port.js';
import { FeedStore, type Feeding, type FeedingRun } from '../ports/feed-store.port.js';
import { PipelineRate } from '../pipeline-rate.js';
import { WorkSignals } from '../work-signals.js';
import { HandOverMessages } from './hand-over-messages.js';
import { claimsOf, decideFeeding, withinBytes } from './decide-feeding.js';

interface FedBatch {
  readonly run: FeedingRun;
  /** With the round of each. */
  readonly records: readonly { readonly round: number; readonly record: RenderMessage }[];
  readonly messages: number;
}

/** Feeds pending messages into the steps that make mails of them, as many as these take. */
@Injectable()
export class FeedRuns {
  constructor(
    private readonly store: FeedStore,
    private readonly messages: HandOverMessages,
    private readonly rate: PipelineRate,
    private readonly signals: WorkSignals,
    private readonly observer: EngineObserver,
  ) {}

  /** One round over all tenants and their runs. @returns how many messages were decided */
  async feed(): Promise<number> {
    const shares = shareWindow(await this.store.feedableRuns(), this.rate.perSecond());
    let messages = 0;
    for (const share of shares) messages += await this.feedRun(share);
    return messages;
  }

  private async feedRun(share: FeedShare): Promise<number> {
    const batch = await this.store.withRun(share, (feeding) => this.decide(feeding, share.messages));
    if (batch === undefined || batch.messages === 0) return 0;
    const { run, records, messages } = batch;
    // Killed between the commit and here, the messages are fed again after a while.
    const { tenantId, runId, mode, restored, fedAt } = run;
    if (records.length > 0) await this.messages.handOver({ tenantId, runId, mode, restored, fedAt, records });
    this.observer.fed({ messages: records.length });
    // Where all dropped out, nothing comes back that would end the run.
    if (records.length < messages) this.signals.raise('settle');
    return messages;
  }

  private async decide(feeding: Feeding, limit: number): Promise<FedBatch> {
    const { run } = feeding;
    const candidates = withinBytes(await feeding.candidates(limit));
    // Test mails count for nothing: they neither hold an invoice nor wait for one.
    const isLive = run.mode === 'live';
    const claims = isLive ? claimsOf(candidates) : [];
    const holders = isLive && claims.length > 0 ? await feeding.claim(claims) : [];
    const { fed, takenOver } = decideFeeding(candidates, holders, run.isSendAgain);
    if (takenOver.length > 0) await feeding.takeOver(takenOver);
    await feeding.write({ ...fed, position: candidates.at(-1)?.messageId ?? null });
    const records = await feeding.records(fed.queued.map(({ messageId }) => messageId));
    const rounds = new Map(candidates.map(({ messageId, round }) => [messageId, round]));
    return {
      run,
      records: records.map((record) => ({ record, round: rounds.get(record.messageId) ?? run.round })),
      messages: candidates.length,
    };
  }
}
