import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { PlainCommit, PlainLedger, PlainMail } from './plain-ledger.js';

interface Server {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
}

interface Entry {
  readonly sent: PlainCommit['sent'][number] | undefined;
  readonly next: PlainMail | undefined;
  readonly resolve: (isMarked: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** Mails claimed at once; the next claim begins when so few are left. */
const claimSize = 500;
const fewLeft = 250;

/** Sends a {@link PlainLedger}'s mails: connections with one unsettled mail each, one group commit at a time. */
export class PlainDispatch {
  private readonly mails: PlainMail[] = [];
  private readonly entries: Entry[] = [];
  private claiming: Promise<void> | undefined;
  private isEmpty = false;
  private isCommitting = false;
  private told: string[] = [];
  settled = 0;

  constructor(
    private readonly ledger: PlainLedger,
    private readonly server: Server,
  ) {}

  /** Resolves when every mail was sent and settled. */
  async sendAll(): Promise<void> {
    await Promise.all(Array.from({ length: this.server.connections }, () => this.sendOverOne()));
  }

  private async sendOverOne(): Promise<void> {
    const connection = await connected(this.server);
    let sent: Entry['sent'];
    for (;;) {
      const mail = await this.next();
      if (mail === undefined && sent === undefined) break;
      const isMarked = await this.commit(sent, mail);
      sent = undefined;
      if (mail === undefined) break;
      if (!isMarked) throw new Error('A mail was lost to another.');
      sent = { mail, reply: await transmitted(connection, mail) };
    }
    connection.quit();
  }

  private async next(): Promise<PlainMail | undefined> {
    if (this.mails.length < fewLeft && !this.isEmpty) this.claiming ??= this.claim();
    while (this.mails.length === 0 && !this.isEmpty) await this.claiming;
    return this.mails.shift();
  }

  private async claim(): Promise<void> {
    const claimed = await this.ledger.claim(claimSize);
    this.mails.push(...claimed);
    this.isEmpty = claimed.length === 0;
    this.claiming = undefined;
  }

  private commit(sent: Entry['sent'], next: PlainMail | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.entries.push({ sent, next, resolve, reject });
      if (!this.isCommitting) void this.write();
    });
  }

  /** What ends while one commit is on its way travels with the next one. */
  private async write(): Promise<void> {
    this.isCommitting = true;
    await new Promise((turn) => setImmediate(turn));
    while (this.entries.length > 0) {
      const batch = this.entries.splice(0);
      const sent = batch.flatMap((entry) => entry.sent ?? []);
      const told = this.told;
      try {
        const marked = await this.ledger.commit({
          sent,
          next: batch.flatMap(({ next }) => next ?? []),
          told,
        });
        // Publishing costs nothing here: the entries may go with the next commit.
        this.told = sent.map(({ mail }) => mail.id);
        this.settled += sent.length;
        for (const { next, resolve } of batch) resolve(next !== undefined && marked.has(next.id));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.isCommitting = false;
  }
}

function connected({ host, port }: Server): Promise<SMTPConnection> {
  const connection = new SMTPConnection({ host, port, ignoreTLS: true });
  return new Promise((resolve, reject) => {
    connection.once('error', reject);
    connection.connect(() => resolve(connection));
  });
}

function transmitted(connection: SMTPConnection, { sender, recipient, bytes }: PlainMail): Promise<string> {
  return new Promise((resolve, reject) => {
    connection.send({ from: sender, to: [recipient] }, bytes, (error, info) =>
      error ? reject(error) : resolve(info.response),
    );
  });
}
