import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Document } from '@mailrun/contracts';
import { Database, type ActContext } from '@mailrun/platform-persistence';
import { documentContentType, documentTooLarge } from '../../domain/billing/document.js';
import { invoiceNotFound, transformationUnknown } from '../../domain/billing/refusals.js';
import { BillingSettings } from '../billing-settings.js';
import { DocumentContents } from '../ports/document-contents.port.js';
import { DocumentReads } from '../ports/document-reads.port.js';
import { DocumentStore } from '../ports/document-store.port.js';
import { InvoiceStore } from '../ports/invoice-store.port.js';
import { KnownKeys } from '../ports/known-keys.port.js';

export interface DocumentUpload {
  readonly invoiceCode: string;
  readonly transformationKey: string;
  readonly stream: Readable;
  /** As announced; '' when nothing was. */
  readonly contentType: string;
  readonly sizeBytes: number | undefined;
  readonly fileName: string | undefined;
  readonly sha256: string | undefined;
}

/** Keeps the bytes of a document, for the invoice's revision at the moment when all of them are there. */
@Injectable()
export class UploadDocument {
  constructor(
    private readonly database: Database,
    private readonly settings: BillingSettings,
    private readonly keys: KnownKeys,
    private readonly invoices: InvoiceStore,
    private readonly contents: DocumentContents,
    private readonly documents: DocumentStore,
    private readonly reads: DocumentReads,
  ) {}

  async execute({ tenantId }: ActContext, upload: DocumentUpload): Promise<Document> {
    const { invoiceCode, transformationKey, sha256, fileName } = upload;
    const maxBytes = this.settings.documentMaxBytes;
    // Whatever can be refused before megabytes were read and kept, is.
    const contentType = documentContentType(upload.contentType);
    if ((upload.sizeBytes ?? 0) > maxBytes) throw documentTooLarge(maxBytes);
    const known = await this.keys.lookUp(tenantId, { transformationKeys: [transformationKey] });
    if (!known.transformationKeys.has(transformationKey)) throw transformationUnknown(transformationKey);
    await this.database.inTenant(tenantId, async (tx) => {
      const found = await this.reads.list(tx, tenantId, invoiceCode);
      if (found === undefined) throw invoiceNotFound(invoiceCode);
    });
    const content = await this.contents.keep(tenantId, upload.stream, { maxBytes, sha256, contentType });
    return this.database.inTenant(tenantId, async (tx) => {
      const invoice = await this.invoices.lock(tx, tenantId, invoiceCode);
      if (invoice === undefined) throw invoiceNotFound(invoiceCode);
      await this.documents.put(tx, tenantId, {
        invoiceId: invoice.id,
        invoiceRevision: invoice.revision,
        transformationKey,
        content,
        contentType,
        fileName: fileName ?? null,
      });
      const documents = (await this.reads.list(tx, tenantId, invoiceCode)) ?? [];
      return documents.find((document) => document.transformationKey === transformationKey)!;
    });
  }
}
