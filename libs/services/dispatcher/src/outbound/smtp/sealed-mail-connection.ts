import type net from 'node:net';
import SMTPConnection, { type Options } from 'nodemailer/lib/smtp-connection';
import type { NodemailerError } from 'nodemailer/lib/errors';
import type { ConversationStage } from '../../domain/conversation.js';
import { lineOfText, parseServerReply } from '../../domain/server-reply.js';
import { SealedContentStream } from './sealed-content.stream.js';
import { WholeContent } from './whole-content.js';

/** Inner methods of nodemailer's connection that its types leave out. Held fast by the tests beside this file. */
interface Inner {
  _socket: net.Socket;
  _destroyed: boolean;
  _responseActions: ((reply: string) => void)[];
  _responseQueue: string[];
  _supportedExtensions: string[];
  _maxAllowedSize: number;
  _envelope: false | { rejectedErrors?: NodemailerError[] };
  _onConnect(): void;
  _onError(error: Error, type: string, reply: string, command: string): void;
  _processResponse(): void;
  _actionGreeting(reply: string): void;
  _actionEHLO(reply: string): void;
  _upgradeConnection(callback: (error: Error | null, isSecure?: boolean) => void): void;
  _actionMAIL(reply: string, callback: unknown): void;
  _actionDATA(reply: string, callback: unknown): void;
  _actionSMTPStream(reply: string, callback: unknown): void;
}
const inner = SMTPConnection.prototype as unknown as Inner;

const envelopeStages: ReadonlySet<ConversationStage> = new Set(['mail', 'rcpt', 'data']);

export interface ReplyTimeouts {
  /** For every reply but the last. */
  readonly replyMs: number;
  /** After the final dot: ten minutes (RFC 5321 4.5.3.2.6); a shorter one makes duplicates. */
  readonly finalReplyMs: number;
}

/**
 * nodemailer's SMTP connection with three changes: it knows at each moment how far the conversation is, and above all
 * whether the final dot was handed over; it sends content that is sealed already at a fraction of the cost; and it ends at
 * the first line that is no reply, because nothing after it can be matched with what was asked.
 */
export class SealedMailConnection extends SMTPConnection {
  stageReached: ConversationStage = 'connect';
  /** The server answered the content before it had all of it: nothing more may be said on this connection. */
  hasAnsweredEarly = false;
  /** The mail is small, and here. */
  private isWhole = false;

  constructor(
    options: Options,
    private readonly timeouts: ReplyTimeouts,
  ) {
    super({ ...options, socketTimeout: timeouts.replyMs });
  }

  get socket(): net.Socket | undefined {
    return this.inner._socket;
  }

  /** Whether either side closed it, also while nothing was said. */
  get isGone(): boolean {
    return this.inner._destroyed || !this.inner._socket.writable || this.inner._socket.readableEnded;
  }

  get offersSmtpUtf8(): boolean {
    return this.inner._supportedExtensions.includes('SMTPUTF8');
  }

  /** Announced by the server (RFC 1870); 0 when it names none. */
  get maxSizeBytes(): number {
    return this.inner._maxAllowedSize;
  }

  /** Those of the newest mail that the server refused by a reply to RCPT. */
  get rejectedRecipients(): readonly NodemailerError[] {
    return (this.inner._envelope || {}).rejectedErrors ?? [];
  }

  /** To be called before each mail, with its content. */
  beginMail(content: unknown): void {
    this.isWhole = WholeContent.fits(content);
    if (this.stageReached === 'after-dot') this.inner._socket.setTimeout(this.timeouts.replyMs);
    this.stageReached = 'mail';
    this.inner._envelope = false;
  }

  _onConnect(): void {
    this.stageReached = 'greeting';
    inner._onConnect.call(this);
  }

  /** The replies to a mail's envelope come together; nodemailer would take a turn of the event loop for each. */
  _processResponse(): void {
    for (;;) {
      const before = this.inner._responseQueue.length;
      this.processReply();
      const left = this.inner._responseQueue.length;
      const isEnvelope = envelopeStages.has(this.stageReached);
      if (left === 0 || left >= before || this.inner._destroyed || !isEnvelope) return;
    }
  }

  private processReply(): void {
    const [first = ''] = this.inner._responseQueue;
    if (first.trim() !== '' && parseServerReply(first) === undefined) {
      this.inner._responseQueue.length = 0;
      const text = `The server answered what is no SMTP reply: ${lineOfText(first)}`;
      this.inner._onError(new Error(text), 'EPROTOCOL', first, 'CONN');
      return;
    }
    inner._processResponse.call(this);
  }

  _actionGreeting(reply: string): void {
    this.stageReached = 'ehlo';
    inner._actionGreeting.call(this, reply);
  }

  _actionEHLO(reply: string): void {
    if (!this.secure && !this.options.ignoreTLS) this.stageReached = 'starttls';
    inner._actionEHLO.call(this, reply);
  }

  _upgradeConnection(callback: (error: Error | null, isSecure?: boolean) => void): void {
    inner._upgradeConnection.call(this, (error, isSecure) => {
      this.stageReached = 'ehlo';
      callback(error, isSecure);
    });
  }

  _actionMAIL(reply: string, callback: unknown): void {
    if (reply.startsWith('2')) this.stageReached = 'rcpt';
    inner._actionMAIL.call(this, reply, callback);
  }

  _actionDATA(reply: string, callback: unknown): void {
    this.stageReached = 'data';
    inner._actionDATA.call(this, reply, callback);
  }

  _createSendStream(callback: (error: Error | null, reply?: string) => void) {
    this.stageReached = 'content';
    this.inner._responseActions.push((reply) => {
      this.hasAnsweredEarly = this.stageReached === 'content';
      inner._actionSMTPStream.call(this, reply, callback);
    });
    const { _socket: socket } = this.inner;
    const onDot = () => {
      this.stageReached = 'after-dot';
      socket.setTimeout(this.timeouts.finalReplyMs);
    };
    if (this.isWhole) return new WholeContent(socket, onDot, callback);
    const stream = new SealedContentStream(socket, onDot);
    stream.once('error', callback);
    return stream;
  }

  private get inner(): Inner {
    return this as unknown as Inner;
  }
}
