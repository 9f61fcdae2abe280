import type { BlobRef, RenderMessage } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import { invoiceFromJson, type InvoiceJson } from './invoice-from-json.js';
import { renderRecords } from './sql/feed.sql.js';

/** What all messages of a preparation have in common. */
export interface RecordSource {
  readonly pins: BlobRef;
  readonly passwordKey: string | null;
  /** Between which ids its rows lie. */
  readonly firstId: string;
  readonly lastId: string;
}

type Row = Pick<RenderMessage, 'messageId' | 'copy' | 'customer' | 'recipients'> & {
  readonly invoices: InvoiceJson[];
  readonly documents: RenderMessage['documents'][] | null;
  readonly password: RenderMessage['password'] | null;
};

/** The records of messages: everything was pinned when they were prepared, but the invoices (which did not change) and the password. */
export async function readRenderRecords(
  tx: Transaction,
  { pins, passwordKey, firstId, lastId }: RecordSource,
  messageIds: readonly string[],
): Promise<RenderMessage[]> {
  if (messageIds.length === 0) return [];
  const rows = await tx.prepared<Row>('runs-render-records', renderRecords, [
    messageIds,
    passwordKey,
    firstId,
    lastId,
  ]);
  return rows.map(({ invoices, documents, password, ...row }) => ({
    ...row,
    invoices: invoices.map(invoiceFromJson),
    pins,
    documents: documents?.flat() ?? [],
    ...(password !== null && password !== undefined && { password }),
  }));
}
