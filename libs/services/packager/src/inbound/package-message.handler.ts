import { Controller } from '@nestjs/common';
import { packageMessage, type BusMessage, type PackageMessage } from '@mailrun/contracts';
import { ConsumesBatch, OnDeadLetter, type DeadRecord } from '@mailrun/platform-messaging';
import { Logger } from '@mailrun/platform-telemetry';
import { PackageMessages } from '../application/package-message/package-messages.use-case.js';
import { deadCopy } from './dead-copy.js';

@Controller()
export class PackageMessageHandler {
  constructor(
    private readonly packageMessages: PackageMessages,
    private readonly logger: Logger,
  ) {}

  @ConsumesBatch(packageMessage)
  async package(batch: readonly BusMessage<PackageMessage>[]): Promise<void> {
    await this.packageMessages.execute(batch);
  }

  @OnDeadLetter(packageMessage)
  async refuse(dead: readonly DeadRecord<PackageMessage>[]): Promise<void> {
    const copies = dead.map(deadCopy).filter((copy) => copy !== undefined);
    if (copies.length < dead.length) {
      this.logger.warn('Dead records name no message', { records: dead.length - copies.length });
    }
    await this.packageMessages.refuse(copies);
  }
}
