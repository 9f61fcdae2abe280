import { Controller } from '@nestjs/common';
import { messageOutcome, type BusMessage, type MessageOutcome } from '@mailrun/contracts';
import { ConsumesBatch, type BatchContext } from '@mailrun/platform-messaging';
import { GatheredOutcomes } from '../../application/apply-outcomes/gathered-outcomes.js';

/** A dead outcome answers nothing: it shows in the metric of dead letters, and the periodic question heals it. */
@Controller()
export class MessageOutcomeHandler {
  constructor(private readonly outcomes: GatheredOutcomes) {}

  /** One lane: batches grow with the load instead of meeting at the same counters, and a larger one costs hardly more. */
  @ConsumesBatch(messageOutcome, { lanes: 1 })
  async apply(batch: readonly BusMessage<MessageOutcome>[], { signal }: BatchContext): Promise<void> {
    const outcomes = batch.map(({ headers: { tenantId }, body }) => ({ tenantId, outcome: body }));
    await this.outcomes.apply(outcomes, signal);
  }
}
