import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Refusal } from '@mailrun/platform-errors';
import { Database } from '@mailrun/platform-persistence';
import { documentNotFound } from '../../domain/billing/refusals.js';
import { DocumentContents } from '../ports/document-contents.port.js';
import { DocumentStore, type DocumentContent } from '../ports/document-store.port.js';

/** The bytes of a document of the invoice's current revision. */
@Injectable()
export class ReadDocument {
  constructor(
    private readonly database: Database,
    private readonly documents: DocumentStore,
    private readonly contents: DocumentContents,
  ) {}

  async execute(
    tenantId: string,
    invoiceCode: string,
    transformationKey: string,
  ): Promise<DocumentContent & { readonly stream: Readable }> {
    const document = await this.database.inTenant(tenantId, (tx) =>
      this.documents.find(tx, tenantId, invoiceCode, transformationKey),
    );
    if (document === undefined) throw documentNotFound(invoiceCode, transformationKey);
    const stream = await this.contents.open(document.content);
    if (stream === undefined) {
      throw new Refusal(
        'not-found',
        'document.bytes-lost',
        'The bytes of this document are lost. Upload it again, and tell your operator.',
      );
    }
    return { ...document, stream };
  }
}
