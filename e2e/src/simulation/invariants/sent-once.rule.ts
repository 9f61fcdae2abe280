import type { Conversation } from '../mail-server.js';
import { Rule, copyOf, messageIdOf, type MessageRow } from './rule.js';

interface Receipt {
  readonly key: string;
  readonly invoiceId: string;
  readonly address: string;
}

/**
 * Nobody gets the mail of an invoice twice, unless an attempt between had an unknown end and the definition's policy, or
 * a person, let it go again; the policy lets go the same copy only. What is said of mails is true.
 */
export class SentOnce extends Rule {
  /** By invoice and address. */
  private readonly receipts = new Map<string, Receipt>();

  /** Messages that were uncertain once. */
  private readonly unsure = new Set<string>();

  override messageChanged(_: MessageRow | undefined, { id, state }: MessageRow): void {
    if (state === 'uncertain') this.unsure.add(id);
  }

  private readonly all: Receipt[] = [];

  /** Which mail may leave after which, as it was when it began to. */
  private readonly repeats = new Set<string>();

  /** Of copies that were asked for after the backup, nobody here knows any more. */
  override restored(): void {
    this.receipts.clear();
    for (const receipt of this.all) {
      const { key, invoiceId, address } = receipt;
      const { copy } = this.scene.tables.table('messages').get(messageIdOf(key))!;
      if (copyOf(key) <= copy) this.receipts.set(`${invoiceId} ${address}`, receipt);
    }
  }

  /** The mail server may take it after the database was restored, which does not know any more why it left. */
  override begins({ key }: Conversation): void {
    const invoices = new Set(this.invoicesOf(key));
    for (const earlier of this.receipts.values()) {
      if (invoices.has(earlier.invoiceId) && this.mayRepeat(earlier.key, key))
        this.repeats.add(`${earlier.key} ${key}`);
    }
  }

  override accepted({ key }: Conversation, recipients: readonly string[]): void {
    for (const invoiceId of this.invoicesOf(key)) {
      for (const address of recipients) {
        const earlier = this.receipts.get(`${invoiceId} ${address}`);
        if (
          earlier !== undefined &&
          !this.repeats.has(`${earlier.key} ${key}`) &&
          !this.mayRepeat(earlier.key, key)
        ) {
          this.broken(`${address} was accepted with ${key}, and had ${earlier.key} already.`);
        }
        const receipt = { key, invoiceId, address };
        this.receipts.set(`${invoiceId} ${address}`, receipt);
        this.all.push(receipt);
      }
    }
  }

  override atEnd(): void {
    for (const message of this.scene.tables.table('messages').values()) {
      const hasAny = message.content.recipients.some(({ address }) => this.has(message.id, address));
      const hasAll = message.content.recipients.every(({ address }) => this.has(message.id, address));
      const { id, state } = message;
      if (this.scene.people.saysSent(id)) continue;
      if (state === 'sent' && !hasAll) this.broken(`${id} counts as sent, and did not reach everyone.`);
      if (state === 'partly-sent' && !hasAny) this.broken(`${id} counts as partly sent, and reached no one.`);
      const copies = Array.from({ length: message.copy }, (_, index) => `${id}.${index + 1}`);
      const isUnsure =
        this.unsure.has(id) || copies.some((key) => this.attemptsOf(key).includes('uncertain'));
      if ((state === 'failed' || state === 'stopped') && hasAny && !isUnsure) {
        this.broken(`${id} counts as ${state}, and reached someone.`);
      }
    }
  }

  private has(messageId: string, address: string): boolean {
    return this.invoicesOf(`${messageId}.1`).every((invoiceId) => {
      const receipt = this.receipts.get(`${invoiceId} ${address}`);
      return receipt !== undefined && messageIdOf(receipt.key) === messageId;
    });
  }

  private mayRepeat(earlier: string, key: string): boolean {
    if (this.scene.people.wantsAgain(messageIdOf(earlier))) return true;
    const { rows } = this.scene.ledger;
    const [before, now] = [rows.get(earlier), rows.get(key)];
    if (before === undefined || now === undefined) return false;
    const { sealed, mail } = before;
    // A further copy of the same round is one that nobody asked for.
    const isAskedFor = earlier === key || mail.round < now.mail.round;
    return isAskedFor && sealed?.inDoubtPolicy === 'repeat' && this.attemptsOf(earlier).includes('uncertain');
  }

  private attemptsOf(key: string): string[] {
    return (this.scene.ledger.rows.get(key)?.history ?? []).map(({ state }) => state);
  }

  private invoicesOf(key: string): string[] {
    const messageId = messageIdOf(key);
    return [...this.scene.tables.table('results').values()]
      .filter((result) => result.messageId === messageId && result.skipReason === null)
      .map(({ invoiceId }) => invoiceId);
  }
}
