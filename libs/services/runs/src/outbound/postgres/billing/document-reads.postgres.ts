import { Injectable } from '@nestjs/common';
import type { Document } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import { DocumentReads } from '../../../application/ports/document-reads.port.js';

interface Row {
  /** Null in the one row of an invoice without documents. */
  transformation_key: string | null;
  invoice_revision: number;
  origin: Document['origin'];
  content_type: string;
  file_name: string | null;
  size_bytes: string;
  sha256: string;
  created_at: Date;
}

@Injectable()
export class PostgresDocumentReads extends DocumentReads {
  override async list(
    tx: Transaction,
    tenantId: string,
    invoiceCode: string,
  ): Promise<Document[] | undefined> {
    const rows = await tx.query<Row>(
      `select d.transformation_key, d.invoice_revision, d.origin, d.content_type, d.file_name, d.size_bytes, d.sha256,
         d.created_at
       from invoices i left join documents d on d.invoice_id = i.id and d.invoice_revision = i.revision
       where i.tenant_id = $1 and i.code = $2 order by d.transformation_key`,
      [tenantId, invoiceCode],
    );
    if (rows.length === 0) return undefined;
    return rows.flatMap(({ transformation_key: transformationKey, ...row }) =>
      transformationKey === null
        ? []
        : [
            {
              transformationKey,
              revision: row.invoice_revision,
              origin: row.origin,
              contentType: row.content_type,
              fileName: row.file_name,
              sizeBytes: Number(row.size_bytes),
              sha256: row.sha256,
              createdAt: row.created_at.toISOString(),
            },
          ],
    );
  }
}
