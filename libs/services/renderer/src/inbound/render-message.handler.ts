import { Controller } from '@nestjs/common';
import { renderMessage, type BusMessage, type RenderMessage } from '@mailrun/contracts';
import { ConsumesBatch, OnDeadLetter, type DeadRecord } from '@mailrun/platform-messaging';
import { Logger } from '@mailrun/platform-telemetry';
import { RenderMessages } from '../application/render-message/render-messages.use-case.js';
import { deadCopy } from './dead-records.js';

@Controller()
export class RenderMessageHandler {
  constructor(
    private readonly renderMessages: RenderMessages,
    private readonly logger: Logger,
  ) {}

  @ConsumesBatch(renderMessage)
  async render(batch: readonly BusMessage<RenderMessage>[]): Promise<void> {
    await this.renderMessages.execute(batch);
  }

  @OnDeadLetter(renderMessage)
  async refuse(dead: readonly DeadRecord<RenderMessage>[]): Promise<void> {
    const copies = dead.map(deadCopy).filter((copy) => copy !== undefined);
    if (copies.length < dead.length) {
      this.logger.warn('Dead records name no message', { records: dead.length - copies.length });
    }
    await this.renderMessages.refuse(copies);
  }
}
