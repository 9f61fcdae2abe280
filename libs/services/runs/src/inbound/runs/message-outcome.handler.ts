import { Controller } from '@nestjs/common';
import { messageOutcome, type BusMessage, type MessageOutcome } from '@mailrun/contracts';
import { ConsumesBatch } from '@mailrun/platform-messaging';
import { ApplyOutcomes } from '../../application/apply-outcomes/apply-outcomes.use-case.js';

/** A dead outcome answers nothing: it shows in the metric of dead letters, and the periodic question heals it. */
@Controller()
export class MessageOutcomeHandler {
  constructor(private readonly outcomes: ApplyOutcomes) {}

  /** One lane: batches grow with the load instead of meeting at the same counters, and a larger one costs hardly more. */
  @ConsumesBatch(messageOutcome, { lanes: 1 })
  async apply(batch: readonly BusMessage<MessageOutcome>[]): Promise<void> {
    await this.outcomes.apply(batch.map(({ headers: { tenantId }, body }) => ({ tenantId, outcome: body })));
  }
}
