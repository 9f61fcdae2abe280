import type { RenderMessage } from '@mailrun/contracts';
import type { InMemoryTransaction } from './in-memory-database.js';

/** What is published of messages, in the order of their ids. */
export function renderRecords(
  tx: InMemoryTransaction,
  pins: RenderMessage['pins'],
  messageIds: readonly string[],
): RenderMessage[] {
  return messageIds.toSorted().map((messageId) => {
    const { copy, content } = tx.row('messages', messageId)!;
    const invoices = tx
      .rows('results')
      .filter((result) => result.messageId === messageId && result.skipReason === null)
      .map(({ invoiceId }) => {
        const { tenantId: _, isApproved: __, ...invoice } = tx.row('invoices', invoiceId)!;
        return invoice;
      });
    const further = copy === 1 ? undefined : tx.row('copyRecipients', `${messageId}.${copy}`);
    return {
      messageId,
      copy,
      pins,
      ...content,
      ...(further?.recipients && { recipients: further.recipients }),
      invoices,
    };
  });
}
