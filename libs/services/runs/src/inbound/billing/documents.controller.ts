import { Controller } from '@nestjs/common';
import { deleteDocument, getDocument, listDocuments, putDocument } from '@mailrun/contracts';
import { Serves, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { Database } from '@mailrun/platform-persistence';
import { DeleteDocument } from '../../application/delete-document/delete-document.use-case.js';
import { DocumentReads } from '../../application/ports/document-reads.port.js';
import { ReadDocument } from '../../application/read-document/read-document.use-case.js';
import { UploadDocument } from '../../application/upload-document/upload-document.use-case.js';
import { invoiceNotFound } from '../../domain/billing/refusals.js';

@Controller()
export class DocumentsController {
  constructor(
    private readonly database: Database,
    private readonly documents: DocumentReads,
    private readonly uploadDocument: UploadDocument,
    private readonly readDocument: ReadDocument,
    private readonly deleteDocument: DeleteDocument,
  ) {}

  @Serves(listDocuments)
  async list({ context: { tenantId }, params }: Call<typeof listDocuments>): Promise<HttpAnswer> {
    const items = await this.database.inTenant(tenantId, (tx) =>
      this.documents.list(tx, tenantId, params.code),
    );
    if (items === undefined) throw invoiceNotFound(params.code);
    return { body: { items } };
  }

  @Serves(getDocument)
  async get({ context, params }: Call<typeof getDocument>): Promise<HttpAnswer> {
    const document = await this.readDocument.execute(context.tenantId, params.code, params.transformationKey);
    return {
      stream: document.stream,
      contentType: document.contentType,
      sizeBytes: document.content.sizeBytes,
      headers: {
        etag: `"${document.content.sha256}"`,
        // Strangers' bytes: a browser keeps them as a file and does not guess what they are.
        'content-disposition': disposition(document.fileName),
        'x-content-type-options': 'nosniff',
      },
    };
  }

  @Serves(putDocument)
  async put({ context, params, query, content }: Call<typeof putDocument>): Promise<HttpAnswer> {
    const document = await this.uploadDocument.execute(context, {
      invoiceCode: params.code,
      transformationKey: params.transformationKey,
      stream: content.stream,
      contentType: content.type,
      sizeBytes: content.sizeBytes,
      fileName: query.fileName,
      sha256: query.sha256,
    });
    return { body: document, version: document.sha256 };
  }

  @Serves(deleteDocument)
  async delete({ context, params }: Call<typeof deleteDocument>): Promise<HttpAnswer> {
    await this.deleteDocument.execute(context, params.code, params.transformationKey);
    return {};
  }
}

/** RFC 6266 with the name as RFC 8187 encodes it. */
function disposition(fileName: string | null): string {
  if (fileName === null) return 'attachment';
  const name = encodeURIComponent(fileName.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename*=UTF-8''${name}`;
}
