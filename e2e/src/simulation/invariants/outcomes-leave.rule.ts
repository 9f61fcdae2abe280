import { messageOutcome, topicOf, type MessageOutcome } from '@mailrun/contracts';
import { Rule } from './rule.js';

const topic = topicOf(messageOutcome);

/** Whatever the dispatcher changed since it took a mail in lies in the outbox until it is published. */
export class OutcomesLeave extends Rule {
  private seen = 0;
  private readonly published = new Map<string, number>();

  override afterStep(): void {
    const { ledger, bus } = this.scene;
    const records = bus.published(topic);
    for (; this.seen < records.length; this.seen += 1) {
      const { messageId, copy, revision } = records[this.seen]!.message.body as MessageOutcome;
      const key = `${messageId}.${copy}`;
      this.published.set(key, Math.max(this.published.get(key) ?? 0, revision));
    }
    for (const [key, row] of ledger.rows) {
      // What is entered, and what runs names after a restore, is in the answer, which is asked for until it comes.
      if (row.revision === 1 || row.reply?.code === 'restored') continue;
      if ((this.published.get(key) ?? 0) >= row.revision) continue;
      if (!this.isInOutbox(key)) this.broken(`${key} became ${row.state}, and nobody will be told.`);
    }
  }

  override atEnd(): void {
    if (this.scene.ledger.outbox.size > 0) this.broken('Something stays in the outbox.');
  }

  private isInOutbox(key: string): boolean {
    for (const { copies } of this.scene.ledger.outbox.values()) {
      if (copies.some(({ messageId, copy }) => `${messageId}.${copy}` === key)) return true;
    }
    return false;
  }
}
