import { createHash } from 'node:crypto';

/** One mail whose final dot the server saw. */
export interface ReceivedMail {
  readonly connection: number;
  readonly envelopeFrom: string;
  readonly recipients: readonly string[];
  /** With its angle brackets; undefined when the mail has no Message-ID. */
  readonly messageId: string | undefined;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Absent when the server keeps no content. */
  readonly content?: Buffer;
  readonly receivedAt: Date;
  /** The code of the final answer; undefined while there is none, for good when the server never gave it. */
  answeredCode: number | undefined;
}

/** What the mail server knows, to be compared with what the sender believes. */
export class SmtpLedger {
  readonly mails: ReceivedMail[] = [];
  /** Every connection ever opened, and the most that were open at the same time. */
  connections = 0;
  openConnections = 0;
  mostOpenConnections = 0;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly keepsContent: boolean) {}

  opened(): number {
    this.connections += 1;
    this.openConnections += 1;
    this.mostOpenConnections = Math.max(this.mostOpenConnections, this.openConnections);
    this.changed();
    return this.connections;
  }

  closed(): void {
    this.openConnections -= 1;
    this.changed();
  }

  received(
    mail: Pick<ReceivedMail, 'connection' | 'envelopeFrom' | 'recipients'> & { readonly bytes: Buffer },
  ): ReceivedMail {
    const { bytes, ...rest } = mail;
    const headEnd = bytes.indexOf('\r\n\r\n');
    const head = bytes.subarray(0, headEnd < 0 ? bytes.length : headEnd).toString('latin1');
    const entry: ReceivedMail = {
      ...rest,
      messageId: /^message-id:\s*(<[^>]*>)/im.exec(head)?.[1],
      sha256: createHash('sha256').update(bytes).digest('hex'),
      sizeBytes: bytes.length,
      ...(this.keepsContent ? { content: bytes } : {}),
      receivedAt: new Date(),
      answeredCode: undefined,
    };
    this.mails.push(entry);
    this.changed();
    return entry;
  }

  answered(mail: ReceivedMail, code: number): void {
    mail.answeredCode = code;
    this.changed();
  }

  /** Mails that the server accepted: what a real one would have delivered. */
  get accepted(): ReceivedMail[] {
    return this.mails.filter((mail) => mail.answeredCode !== undefined && mail.answeredCode < 300);
  }

  /** Mails that were delivered, as far as the sender can know: accepted, or without any answer to the whole mail. */
  get delivered(): ReceivedMail[] {
    return this.mails.filter(({ answeredCode }) => answeredCode === undefined || answeredCode < 300);
  }

  /** How often each Message-ID was received, answered or not. */
  countsByMessageId(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { messageId } of this.mails) {
      if (messageId) counts.set(messageId, (counts.get(messageId) ?? 0) + 1);
    }
    return counts;
  }

  /** Resolves when the condition holds after a change; rejects after the deadline. */
  async until(condition: (ledger: this) => boolean, deadlineMs = 40_000): Promise<void> {
    if (condition(this)) return;
    await new Promise<void>((resolve, reject) => {
      const check = () => {
        if (!condition(this)) return;
        this.waiting.delete(check);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.delete(check);
        reject(
          new Error(
            `The mail server saw ${this.mails.length} mails on ${this.connections} connections, but not what was waited for.`,
          ),
        );
      }, deadlineMs);
      this.waiting.add(check);
    });
  }

  private changed(): void {
    for (const check of [...this.waiting]) check();
  }
}
