import { Injectable } from '@nestjs/common';
import type { Transaction } from '@mailrun/platform-persistence';
import {
  DocumentStore,
  type DocumentContent,
  type UploadedDocument,
} from '../../../application/ports/document-store.port.js';

@Injectable()
export class PostgresDocumentStore extends DocumentStore {
  override async put(tx: Transaction, tenantId: string, document: UploadedDocument): Promise<void> {
    const { invoiceId, invoiceRevision, transformationKey, content, contentType, fileName } = document;
    await tx.execute(
      `insert into documents (tenant_id, invoice_id, invoice_revision, transformation_key, origin, blob_key, sha256,
         size_bytes, content_type, file_name)
       values ($1, $2, $3, $4, 'upload', $5, $6, $7, $8, $9)
       on conflict (invoice_id, invoice_revision, transformation_key) do update set origin = excluded.origin,
         blob_key = excluded.blob_key, sha256 = excluded.sha256, size_bytes = excluded.size_bytes,
         content_type = excluded.content_type, file_name = excluded.file_name, made_from = null, created_at = now()`,
      [
        tenantId,
        invoiceId,
        invoiceRevision,
        transformationKey,
        content.key,
        content.sha256,
        content.sizeBytes,
        contentType,
        fileName,
      ],
    );
  }

  override async find(
    tx: Transaction,
    tenantId: string,
    invoiceCode: string,
    transformationKey: string,
  ): Promise<DocumentContent | undefined> {
    const [row] = await tx.query<{
      blob_key: string;
      sha256: string;
      size_bytes: string;
      content_type: string;
      file_name: string | null;
    }>(
      `select d.blob_key, d.sha256, d.size_bytes, d.content_type, d.file_name
       from invoices i join documents d on d.invoice_id = i.id and d.invoice_revision = i.revision
       where i.tenant_id = $1 and i.code = $2 and d.transformation_key = $3`,
      [tenantId, invoiceCode, transformationKey],
    );
    return (
      row && {
        content: { key: row.blob_key, sha256: row.sha256, sizeBytes: Number(row.size_bytes) },
        contentType: row.content_type,
        fileName: row.file_name,
      }
    );
  }

  override async remove(
    tx: Transaction,
    tenantId: string,
    invoiceCode: string,
    transformationKey: string,
  ): Promise<boolean> {
    const removed = await tx.execute(
      `delete from documents d using invoices i
       where i.tenant_id = $1 and i.code = $2 and d.invoice_id = i.id and d.invoice_revision = i.revision
         and d.transformation_key = $3`,
      [tenantId, invoiceCode, transformationKey],
    );
    return removed > 0;
  }
}
