import { Injectable } from '@nestjs/common';
import { renderMessage, type Mode, type RenderMessage } from '@mailrun/contracts';
import { MessageBus, outgoing } from '@mailrun/platform-messaging';
import { ApplyOutcomes } from '../apply-outcomes/apply-outcomes.use-case.js';
import { Dispatcher } from '../ports/dispatcher.port.js';
import type { RestoredRun } from '../ports/feed-store.port.js';

/** Messages of one run that were fed, as they are published. */
export interface FedOfRun {
  readonly tenantId: string;
  readonly runId: string;
  readonly mode: Mode;
  readonly restored: RestoredRun | null;
  /** By the database's clock. */
  readonly fedAt: Date;
  readonly records: readonly { readonly round: number; readonly record: RenderMessage }[];
}

/**
 * Hands fed messages over to the steps that make mails of them; or, where they may have left before the database was
 * restored from a backup, to the dispatcher, which holds them as uncertain.
 */
@Injectable()
export class HandOverMessages {
  constructor(
    private readonly bus: MessageBus,
    private readonly dispatcher: Dispatcher,
    private readonly outcomes: ApplyOutcomes,
  ) {}

  async handOver({ records, restored, fedAt, ...run }: FedOfRun): Promise<void> {
    const restoredRound = restored?.round ?? 0;
    const byRound = Map.groupBy(records, ({ round }) => round);
    for (const [round, ofRound] of byRound) {
      if (restored === null || round > restoredRound) continue;
      const copies = ofRound.map(({ record: { messageId, copy } }) => ({ messageId, copy }));
      const { tenantId, runId, mode } = run;
      const outcomes = await this.dispatcher.restoreCopies(
        tenantId,
        { runId, mode, round, restoredTo: restored.to },
        copies,
      );
      await this.outcomes.applyOf(tenantId, outcomes);
    }
    const common = { ...run, fedAt: fedAt.toISOString() };
    const fresh = records.filter(({ round }) => round > restoredRound);
    if (fresh.length === 0) return;
    await this.bus.publish(
      fresh.map(({ round, record }) => outgoing(renderMessage, { ...common, round }, record)),
    );
  }
}
