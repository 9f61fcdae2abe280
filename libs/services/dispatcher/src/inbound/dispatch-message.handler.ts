import { Controller } from '@nestjs/common';
import { dispatchMessage, type BusMessage, type DispatchMessage } from '@mailrun/contracts';
import { ConsumesBatch, OnDeadLetter, type BatchContext, type DeadRecord } from '@mailrun/platform-messaging';
import { Logger } from '@mailrun/platform-telemetry';
import { AcceptMails, type FedMail } from '../application/accept-mails/accept-mails.js';
import { fedMailFrom, refusalFrom } from './fed-mail.js';

@Controller()
export class DispatchMessageHandler {
  constructor(
    private readonly acceptMails: AcceptMails,
    private readonly logger: Logger,
  ) {}

  @ConsumesBatch(dispatchMessage)
  async accept(batch: readonly BusMessage<DispatchMessage>[], context: BatchContext): Promise<void> {
    const fed: FedMail[] = [];
    for (const message of batch) {
      const mail = fedMailFrom(message);
      if ('mail' in mail) fed.push(mail);
      else context.reject(message, mail);
    }
    await this.acceptMails.accept(fed);
  }

  @OnDeadLetter(dispatchMessage)
  async refuse(dead: readonly DeadRecord<DispatchMessage>[]): Promise<void> {
    const refusals = dead.map(refusalFrom).filter((one) => one !== undefined);
    if (refusals.length < dead.length) {
      this.logger.warn('Dead records name no message.', { records: dead.length - refusals.length });
    }
    await this.acceptMails.accept(refusals);
  }
}
