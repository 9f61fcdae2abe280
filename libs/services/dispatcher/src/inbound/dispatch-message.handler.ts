import { Controller } from '@nestjs/common';
import { dispatchMessage, type BusMessage, type DispatchMessage } from '@mailrun/contracts';
import { ConsumesBatch, OnDeadLetter, type BatchContext, type DeadRecord } from '@mailrun/platform-messaging';
import { Logger } from '@mailrun/platform-telemetry';
import { AcceptMails } from '../application/accept-mails/accept-mails.js';
import type { MailToAccept } from '../application/ports/mail-intake.port.js';
import { fedMailFrom, isMail, refusalFrom } from './fed-mail.js';

@Controller()
export class DispatchMessageHandler {
  constructor(
    private readonly acceptMails: AcceptMails,
    private readonly logger: Logger,
  ) {}

  @ConsumesBatch(dispatchMessage)
  async accept(batch: readonly BusMessage<DispatchMessage>[], context: BatchContext): Promise<void> {
    const fed: MailToAccept[] = [];
    for (const message of batch) {
      const mail = fedMailFrom(message);
      if (isMail(mail)) fed.push(mail);
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
