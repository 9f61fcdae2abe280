import { openRecipients, type ClaimedMail } from '../../domain/mail.js';
import { creditLifeMs, noCredits, type Credits, type Quota } from '../../domain/quota.js';

/** What this process may still use of a server's quotas. */
export class HeldCredits {
  private messages: number | undefined;
  private recipients: number | undefined;
  private until = 0;

  /** What is unused goes back: nothing of it may be used while new ones are asked for. */
  giveBack(quotas: readonly Quota[]): Credits {
    const unused = { messages: this.messages, recipients: this.recipients };
    this.keep(quotas.length > 0 ? { messages: 0, recipients: 0 } : noCredits);
    return unused;
  }

  /** @param askedAt from when on their life counts */
  take(credits: Credits, askedAt: number): void {
    this.keep(credits);
    this.until = askedAt + creditLifeMs;
  }

  sufficeFor(mail: ClaimedMail, quotas: readonly Quota[], now: number): boolean {
    if (this.messages === undefined && this.recipients === undefined) return true;
    if (now >= this.until) return false;
    return (this.messages ?? 1) >= 1 && (this.recipients ?? Infinity) >= recipientsOf(mail, quotas);
  }

  use(mail: ClaimedMail, quotas: readonly Quota[]): void {
    if (this.messages !== undefined) this.messages -= 1;
    if (this.recipients !== undefined) this.recipients -= recipientsOf(mail, quotas);
  }

  private keep({ messages, recipients }: Credits): void {
    this.messages = messages;
    this.recipients = recipients;
  }
}

/** A mail to more than a quota allows at all must leave too: when nothing else does. */
function recipientsOf(mail: ClaimedMail, quotas: readonly Quota[]): number {
  const most = quotas.filter(({ count }) => count === 'recipients').map(({ max }) => max);
  return Math.min(openRecipients(mail.recipients).length, ...most);
}
