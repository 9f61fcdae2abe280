import type { Document } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';

/** Documents as they are answered, of the invoice's current revision. */
export abstract class DocumentReads {
  /** By transformation key; undefined where there is no such invoice. */
  abstract list(tx: Transaction, tenantId: string, invoiceCode: string): Promise<Document[] | undefined>;
}
