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
  override consumed(topic: string, { headers, body }: BusMessage): void {
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
        if (!ledger.rows.has(keyOf(copy)) && !this.isOfLostRound(headers)) {
          this.broken(`${keyOf(copy)} was not taken in.`);
        }
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

  /** Fed before a restore, in a round that the backup does not know: nobody asks for it any more. */
  private isOfLostRound({ tenantId, runId, round, fedAt }: BusMessage['headers']): boolean {
    const { restores, restoredRounds } = this.scene.ledger;
    const restoredAt = restores.get(tenantId) ?? 0;
    const known = restoredRounds.get(runId ?? '')?.round ?? 0;
    return Date.parse(fedAt ?? '') < restoredAt && (round ?? 1) > known;
  }
}
