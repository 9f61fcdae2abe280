import { maxConnections } from '../dispatcher-node.js';
import type { Conversation } from '../mail-server.js';
import type { SimulatedProcess } from '../process.js';
import { Rule, type MailBefore, type MailRow } from './rule.js';

/**
 * Content is handed over only after a commit marked its mail `transmitting`, and no connection has more than one mail
 * that is not settled: so a crash leaves at most one uncertain mail for each.
 */
export class MarkedFirst extends Rule {
  /** Marked mails whose content was not handed over yet. */
  private readonly marks: { readonly key: string; readonly process: SimulatedProcess }[] = [];
  /** By connection. */
  private readonly conversations = new Map<
    number,
    { readonly key: string; readonly token: string | undefined }
  >();

  override restored(): void {
    this.marks.length = 0;
    this.conversations.clear();
  }

  override mailChanged(
    key: string,
    before: MailBefore | undefined,
    { state, token, attempts, mail: { tenantId } }: MailRow,
  ): void {
    const { claims } = this.scene;
    const process = claims.holderOf(token);
    const isMarked =
      state === 'transmitting' && (before?.state !== 'transmitting' || attempts > before.attempts);
    if (!isMarked || process === undefined) return;
    this.marks.push({ key, process });
    const unsettled = [...this.scene.ledger.rows.values()].filter(
      (row) =>
        row.state === 'transmitting' &&
        row.mail.tenantId === tenantId &&
        claims.holderOf(row.token) === process,
    );
    if (unsettled.length > maxConnections) {
      this.broken(
        `${process.name} has ${unsettled.length} unsettled mails over ${maxConnections} connections.`,
      );
    }
  }

  override begins({ process, key, connection }: Conversation): void {
    const at = this.marks.findIndex((mark) => mark.process === process && mark.key === key);
    if (at < 0) this.broken(`${process.name} hands over ${key}, which it did not mark.`);
    else this.marks.splice(at, 1);
    const last = this.conversations.get(connection);
    const row = last === undefined ? undefined : this.scene.ledger.rows.get(last.key);
    if (row?.state === 'transmitting' && row.token === last!.token && last!.key !== key) {
      this.broken(`${process.name} hands over ${key} on a connection on which ${last!.key} is not settled.`);
    }
    this.conversations.set(connection, { key, token: this.scene.ledger.rows.get(key)?.token });
  }
}
