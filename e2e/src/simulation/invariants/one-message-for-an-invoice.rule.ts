import type { MessageState } from '@mailrun/contracts';
import { Rule } from './rule.js';

/** An invoice with one of these is claimed. */
const carrying: ReadonlySet<MessageState> = new Set([
  'queued',
  'accepted',
  'deferred',
  'uncertain',
  'sent',
  'partly-sent',
]);

/** Each invoice is carried by one message of all runs of a definition; after a restore, what is uncertain again may be one more. */
export class OneMessageForAnInvoice extends Rule {
  private wasRestored = false;

  override restored(): void {
    this.wasRestored = true;
  }

  override committed(): void {
    if (this.wasRestored) return;
    const { tables } = this.scene;
    const messages = tables.table('messages');
    const carriedBy = new Map<string, string>();
    for (const { messageId, invoiceId, skipReason } of tables.table('results').values()) {
      if (skipReason !== null || !carrying.has(messages.get(messageId)!.state)) continue;
      const other = carriedBy.get(invoiceId);
      if (other !== undefined) this.broken(`${invoiceId} is carried by ${other} and by ${messageId}.`);
      carriedBy.set(invoiceId, messageId);
    }
  }
}
