import { Controller } from '@nestjs/common';
import { documentMade, type BusMessage, type DocumentMade } from '@mailrun/contracts';
import { ConsumesBatch, OnDeadLetter, type DeadRecord } from '@mailrun/platform-messaging';
import { ApplyDocuments } from '../../application/apply-documents/apply-documents.use-case.js';

@Controller()
export class DocumentMadeHandler {
  constructor(private readonly documents: ApplyDocuments) {}

  @ConsumesBatch(documentMade)
  async apply(batch: readonly BusMessage<DocumentMade>[]): Promise<void> {
    await this.documents.apply(batch);
  }

  /** A preparation must not wait for what can't be read: the document counts as failed. */
  @OnDeadLetter(documentMade)
  async bury(dead: readonly DeadRecord<DocumentMade>[]): Promise<void> {
    await this.documents.applyUnreadable(
      dead.map(({ key, headers, reason }) => ({ documentId: key, tenantId: headers['tenant-id'], reason })),
    );
  }
}
