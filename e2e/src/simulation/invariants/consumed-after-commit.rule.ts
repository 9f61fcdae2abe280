import {
  dispatchMessage,
  messageOutcome,
  renderMessage,
  topicOf,
  type BusMessage,
  type CopyRef,
  type MessageOutcome,
} from '@mailrun/contracts';
import { Rule } from './rule.js';

const keyOf = ({ messageId, copy }: CopyRef): string => `${messageId}.${copy}`;

/** A record is gone from the broker only when what it says is in a table, or in the next step's records. */
export class ConsumedAfterCommit extends Rule {
  override consumed(topic: string, { body }: BusMessage): void {
    const { ledger, tables, bus } = this.scene;
    const copy = body as CopyRef;
    switch (topic) {
      case topicOf(renderMessage): {
        const records = bus.published(topicOf(dispatchMessage));
        if (!records.some(({ message }) => keyOf(message.body as CopyRef) === keyOf(copy))) {
          this.broken(`${keyOf(copy)} was to be rendered, and nothing was made of it.`);
        }
        break;
      }
      case topicOf(dispatchMessage):
        if (!ledger.rows.has(keyOf(copy))) this.broken(`${keyOf(copy)} was not taken in.`);
        break;
      case topicOf(messageOutcome): {
        const message = tables.table('messages').get(copy.messageId);
        const { revision } = body as MessageOutcome;
        const isIts =
          message?.copy === copy.copy && message.state !== 'pending' && message.state !== 'skipped';
        if (isIts && message.revision < revision) {
          this.broken(`Revision ${revision} of ${keyOf(copy)} was not applied.`);
        }
      }
    }
  }
}
