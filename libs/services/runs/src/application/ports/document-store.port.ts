import type { BlobRef } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';

export interface UploadedDocument {
  readonly invoiceId: string;
  readonly invoiceRevision: number;
  readonly transformationKey: string;
  readonly content: BlobRef;
  readonly contentType: string;
  readonly fileName: string | null;
}

/** Where the bytes of a document lie, and what they are. */
export interface DocumentContent {
  readonly content: BlobRef;
  readonly contentType: string;
  readonly fileName: string | null;
}

/** The index of documents; their bytes lie in {@link DocumentContents}. */
export abstract class DocumentStore {
  /** In place of whatever was there for the invoice's revision and the transformation, uploaded or made. */
  abstract put(tx: Transaction, tenantId: string, document: UploadedDocument): Promise<void>;

  /** Of the invoice's current revision. */
  abstract find(
    tx: Transaction,
    tenantId: string,
    invoiceCode: string,
    transformationKey: string,
  ): Promise<DocumentContent | undefined>;

  /** Whether there was one, in the invoice's current revision. */
  abstract remove(
    tx: Transaction,
    tenantId: string,
    invoiceCode: string,
    transformationKey: string,
  ): Promise<boolean>;
}
