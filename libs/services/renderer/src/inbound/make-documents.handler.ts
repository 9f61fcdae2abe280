import { Controller } from '@nestjs/common';
import { makeDocuments, type BusMessage, type MakeDocuments } from '@mailrun/contracts';
import { ConsumesBatch, OnDeadLetter, type DeadRecord } from '@mailrun/platform-messaging';
import { Logger } from '@mailrun/platform-telemetry';
import { MakeMissingDocuments } from '../application/make-documents/make-documents.use-case.js';
import { deadDocument } from './dead-records.js';

@Controller()
export class MakeDocumentsHandler {
  constructor(
    private readonly makeDocuments: MakeMissingDocuments,
    private readonly logger: Logger,
  ) {}

  @ConsumesBatch(makeDocuments)
  async make(batch: readonly BusMessage<MakeDocuments>[]): Promise<void> {
    await this.makeDocuments.execute(batch);
  }

  @OnDeadLetter(makeDocuments)
  async refuse(dead: readonly DeadRecord<MakeDocuments>[]): Promise<void> {
    const documents = dead.map(deadDocument).filter((document) => document !== undefined);
    if (documents.length < dead.length) {
      this.logger.warn('Dead records name no document', { records: dead.length - documents.length });
    }
    await this.makeDocuments.refuse(documents);
  }
}
