import type { Socket } from 'node:net';
import { domainToASCII } from 'node:url';
import type { NodemailerError } from 'nodemailer/lib/errors';
import type {
  Envelope,
  MailConnection,
  MailToTransmit,
} from '../../application/ports/mail-connections.port.js';
import type {
  BreakCause,
  ConversationStage,
  RefusedRecipient,
  ServerReply,
  Transmission,
} from '../../domain/conversation.js';
import { lineOfText, parseServerReply } from '../../domain/server-reply.js';
import type { SealedMailConnection, SmtpEnvelope } from './sealed-mail-connection.js';
import { UnfitContentError } from './sealed-content.stream.js';

/** How long a server may take to answer QUIT. */
const quitPatienceMs = 2_000;

/** Resolves when both sides have closed; a server that does not answer is left. */
function untilGone(socket: Socket | undefined): Promise<void> {
  if (!socket || socket.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      socket.destroy();
      resolve();
    }, quitPatienceMs);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** One connection of ours, as the dispatcher sees it. */
export class SmtpMailConnection implements MailConnection {
  private isBroken = false;
  private isTalking = false;
  private hasOpenTransaction = false;
  /** It took an envelope only when that was said again, alone, or its answers can't be matched with what was said. */
  private isAheadRefused = false;

  constructor(private readonly smtp: SealedMailConnection) {
    smtp.once('end', () => (this.isBroken = true));
  }

  get isUsable(): boolean {
    return !this.isBroken && !this.smtp.isGone;
  }

  get takesAhead(): boolean {
    return this.smtp.offersPipelining && !this.isAheadRefused;
  }

  get isPromised(): boolean {
    return this.smtp.announced !== undefined;
  }

  async transmit(mail: MailToTransmit, next?: Envelope): Promise<Transmission> {
    this.isTalking = true;
    const transmission = await this.converse(mail, next);
    this.isTalking = false;
    return transmission;
  }

  close(): Promise<void> {
    const { smtp } = this;
    const gone = untilGone(smtp.socket);
    if (this.isBroken) return gone;
    this.isBroken = true;
    // A server that waits for content would take QUIT for it.
    if (this.isTalking || this.isPromised) smtp.close();
    else smtp.quit();
    return gone;
  }

  private async converse(mail: MailToTransmit, next: Envelope | undefined): Promise<Transmission> {
    const { smtp } = this;
    const { envelope, addresses, refused } = this.envelopeOf(mail);
    const { announced } = smtp;
    if (announced !== undefined && (!this.isUsable || !isSame(announced, envelope))) {
      // Content must never follow the envelope of another mail.
      void this.close();
      return broken('mail', 'connection-lost', 'The connection was closed before this mail began.', refused);
    }
    const aheadError = await smtp.beginMail(mail.content, next && this.toAnnounce(next));
    if (aheadError && !this.isUsable) {
      this.isAheadRefused = aheadError.code === 'EPROTOCOL';
      return this.judge(aheadError, refused);
    }
    // Nothing that was said about it before its turn is an outcome: it is said again, alone.
    if (aheadError) this.hasOpenTransaction = true;
    if (addresses.size === 0) return refusedBeforeMail(refused[0]!.reply, refused);
    if (this.isTooLarge(mail)) {
      const text = `The mail has ${mail.sizeBytes} bytes, the server takes ${smtp.maxSizeBytes}.`;
      return refusedBeforeMail(reply(552, '5.3.4', text), refused);
    }
    if (this.hasOpenTransaction && !(await this.reset())) {
      return broken('mail', 'connection-lost', 'The server did not take RSET.', refused);
    }
    const said = announced !== undefined && !aheadError ? announced : envelope;
    const { error, info } = await this.send(said, mail.content);
    for (const { recipient = '', response = '' } of said.rejectedErrors ?? []) {
      const why = parseServerReply(response);
      if (why) refused.push({ address: addresses.get(recipient) ?? recipient, reply: why });
    }
    if (error) return this.judge(error, refused);
    if (aheadError) this.isAheadRefused = true;
    const answer = parseServerReply(info.response);
    if (answer) return { ended: 'accepted', reply: answer, refused };
    void this.close();
    return broken('after-dot', 'protocol', info.response, refused);
  }

  /** Undefined for what the server could not take: that is said when the mail's turn comes. */
  private toAnnounce(next: Envelope): SmtpEnvelope | undefined {
    const { envelope, refused } = this.envelopeOf(next);
    return refused.length > 0 || this.isTooLarge(next) ? undefined : envelope;
  }

  private isTooLarge({ sizeBytes }: Envelope): boolean {
    const { maxSizeBytes } = this.smtp;
    return maxSizeBytes > 0 && sizeBytes > maxSizeBytes;
  }

  /** What an error of nodemailer means, by the stage that was reached. */
  private judge(error: NodemailerError, refused: RefusedRecipient[]): Transmission {
    const { smtp } = this;
    const said = parseServerReply(error.response ?? '');
    const isNo = said !== undefined && said.smtpCode >= 400;
    // A pipelined envelope is decided when DATA is answered; the command names what was refused.
    const stage =
      error.command === 'MAIL FROM' ? 'mail' : error.command === 'RCPT TO' ? 'rcpt' : smtp.stageReached;
    if (isNo && !smtp.hasAnsweredEarly) {
      // After a refused MAIL, RCPT or DATA the transaction may still be open (RFC 5321 4.1.4).
      this.hasOpenTransaction = stage !== 'after-dot';
      return { ended: 'refused', stage, reply: said, refused };
    }
    this.isBroken = true;
    smtp.close();
    if (isNo) return { ended: 'refused', stage, reply: said, refused };
    if (error instanceof UnfitContentError || error.code === 'ESTREAM') {
      // The dot never went out, and must not: the server would take what came so far for the whole mail.
      return broken('content', 'sealed-mail', error.message, refused);
    }
    return broken(stage, causeOf(error), error.message, refused);
  }

  private send(envelope: SmtpEnvelope, content: MailToTransmit['content']) {
    return new Promise<
      { error: NodemailerError; info?: never } | { error?: never; info: { response: string } }
    >((resolve) => {
      this.smtp.send(envelope as Parameters<typeof this.smtp.send>[0], content as Buffer, (error, info) =>
        resolve(error ? { error } : { info: info! }),
      );
    });
  }

  private reset(): Promise<boolean> {
    return new Promise((resolve) => {
      const failed = () => resolve(false);
      this.smtp.once('end', failed);
      this.smtp.reset((error) => {
        this.smtp.off('end', failed);
        this.hasOpenTransaction = error !== null;
        if (error) this.smtp.close();
        resolve(!error);
      });
    });
  }

  /**
   * The envelope as the server hears it, and its addresses with those of the mail. Domains become ASCII by UTS-46; a local part in
   * other letters needs SMTPUTF8 (RFC 6531), and is refused here when the server does not offer it.
   */
  private envelopeOf(mail: Envelope) {
    const addresses = new Map<string, string>();
    const refused: RefusedRecipient[] = [];
    for (const address of mail.recipients) {
      const at = address.lastIndexOf('@');
      const local = address.slice(0, at);
      // Nothing but one mailbox may reach the envelope: a line break or an angle would redirect the mail.
      if (at < 1 || /[\s\u0000-\u001f<>,;"]/.test(address)) {
        refused.push({ address, reply: reply(553, '5.1.3', 'The address is not one mailbox.') });
      } else if (isAscii(address)) {
        addresses.set(address, address);
      } else if (isAscii(local) || this.smtp.offersSmtpUtf8) {
        addresses.set(`${local}@${domainToASCII(address.slice(at + 1))}`, address);
      } else {
        const text = 'The mail server does not take addresses with such letters (SMTPUTF8).';
        refused.push({ address, reply: reply(553, '5.6.7', text) });
      }
    }
    const envelope: SmtpEnvelope = {
      from: mail.envelopeFrom,
      to: [...addresses.keys()],
      size: mail.sizeBytes,
    };
    return { envelope, addresses, refused };
  }
}

const isSame = (one: SmtpEnvelope, other: SmtpEnvelope): boolean =>
  one.from === other.from &&
  one.size === other.size &&
  one.to.length === other.to.length &&
  one.to.every((address, at) => address === other.to[at]);

const isAscii = (text: string): boolean => /^[\u0000-\u007f]*$/.test(text);

const reply = (smtpCode: number, enhancedCode: string, text: string): ServerReply => ({
  smtpCode,
  enhancedCode,
  text,
});

const refusedBeforeMail = (said: ServerReply, refused: readonly RefusedRecipient[]): Transmission => ({
  ended: 'refused',
  stage: 'mail',
  reply: said,
  refused,
});

const broken = (
  stage: ConversationStage,
  cause: BreakCause,
  detail: string,
  refused: readonly RefusedRecipient[],
): Transmission => ({ ended: 'broken', stage, cause, detail: lineOfText(detail), refused });

export function causeOf(error: NodemailerError): BreakCause {
  switch (error.code ?? '') {
    case 'EDNS':
      return 'dns';
    case 'ETIMEDOUT':
      return 'timeout';
    case 'ETLS':
      return 'tls';
    case 'EPROTOCOL':
    case 'EMESSAGE':
    case 'EENVELOPE':
      return 'protocol';
    default:
      break;
  }
  const system = (error as { originalCode?: string }).originalCode ?? '';
  if (system === 'ECONNREFUSED') return 'connection-refused';
  if (/^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(system)) return 'tls';
  return 'connection-lost';
}
