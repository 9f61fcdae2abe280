import { isFinal } from '@mailrun/service-runs/in-memory';
import { Rule, type MailBefore, type MailRow, type MessageRow } from './rule.js';

const finalMails: ReadonlySet<MailRow['state']> = new Set(['sent', 'failed', 'partly-sent', 'stopped']);

const more: ReadonlySet<MessageRow['state']> = new Set([
  'sent',
  'partly-sent',
  'accepted',
  'deferred',
  'uncertain',
]);

/** What is final stays as it is, at the dispatcher and in runs; and revisions only grow. */
export class FinalStays extends Rule {
  private wasRestored = false;

  override restored(): void {
    this.wasRestored = true;
  }

  override mailChanged(key: string, before: MailBefore | undefined, after: MailRow): void {
    if (before === undefined) return;
    // A restore forgets what left: what ended untried since then may have left before.
    const isRestored = after.reply?.code === 'restored' && after.attempts === 0;
    if (finalMails.has(before.state) && !isRestored)
      this.broken(`${key} was ${before.state} and is ${after.state}.`);
    if (after.revision < before.revision) this.broken(`${key} went back to revision ${after.revision}.`);
  }

  override messageChanged(before: MessageRow | undefined, after: MessageRow): void {
    if (before === undefined || before.copy !== after.copy) return;
    // Late news of an earlier copy may make more of a message whose newest copy came to less.
    const isMore = after.copy > 1 && before.state !== 'sent' && more.has(after.state);
    // After a restore the dispatcher may have forgotten what it said.
    const isForgotten = this.wasRestored && after.state === 'uncertain';
    if (isFinal(before.state) && before.state !== after.state && !isMore && !isForgotten) {
      this.broken(`${after.id} was ${before.state} and is ${after.state}.`);
    }
    if (after.revision < before.revision) this.broken(`${after.id} went back to revision ${after.revision}.`);
  }
}
