import { Injectable } from '@nestjs/common';
import { Database, recordAudit, type ActContext } from '@mailrun/platform-persistence';
import { documentNotFound } from '../../domain/billing/refusals.js';
import { DocumentStore } from '../ports/document-store.port.js';

/** Takes a document from its invoice. The bytes stay: a prepared run may name them. */
@Injectable()
export class DeleteDocument {
  constructor(
    private readonly database: Database,
    private readonly documents: DocumentStore,
  ) {}

  execute(context: ActContext, invoiceCode: string, transformationKey: string): Promise<void> {
    const { tenantId } = context;
    return this.database.inTenant(tenantId, async (tx) => {
      if (!(await this.documents.remove(tx, tenantId, invoiceCode, transformationKey))) {
        throw documentNotFound(invoiceCode, transformationKey);
      }
      await recordAudit(tx, context, {
        action: 'document.removed',
        subject: `invoice/${invoiceCode}/document/${transformationKey}`,
      });
    });
  }
}
