import { Controller } from '@nestjs/common';
import { runControl, type BusMessage, type RunControl } from '@mailrun/contracts';
import { ConsumesBatch } from '@mailrun/platform-messaging';
import { ApplyGate } from '../application/apply-gate/apply-gate.js';

/** A hint says the same as the call that runs repeats until it is confirmed; whichever comes first. */
@Controller()
export class RunControlHandler {
  constructor(private readonly applyGate: ApplyGate) {}

  @ConsumesBatch(runControl)
  async apply(batch: readonly BusMessage<RunControl>[]): Promise<void> {
    for (const { headers, body } of batch)
      await this.applyGate.apply({ tenantId: headers.tenantId, ...body });
  }
}
