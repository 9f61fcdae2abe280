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
  _onConnect(): void;
  _onError(error: Error, type: string, reply: string, command: string): void;
  _processResponse(): void;
  _setEnvelope(envelope: SmtpEnvelope, callback: EnvelopeCallback): void;
  _actionGreeting(reply: string): void;
  _actionEHLO(reply: string): void;
  _upgradeConnection(callback: (error: Error | null, isSecure?: boolean) => void): void;
  _actionMAIL(reply: string, callback: unknown): void;
  _actionRCPT(reply: string, callback: unknown): void;
  _actionDATA(reply: string, callback: unknown): void;
  _actionSMTPStream(reply: string, callback: unknown): void;
}
const inner = SMTPConnection.prototype as unknown as Inner;

type EnvelopeCallback = (error: NodemailerError | null, info?: object) => void;

/** As nodemailer takes it, and what it writes into it. */
export interface SmtpEnvelope {
  readonly from: string;
  readonly to: readonly string[];
  readonly size: number;
  /** Recipients that the server refused by a reply to RCPT. */
  readonly rejectedErrors?: readonly NodemailerError[];
}

/** How far the conversation about one mail, or about the connection itself, has come. */
interface Progress {
  stage: ConversationStage;
}

/** An envelope that left together with the mail before it. */
interface Announcement extends Progress {
  readonly envelope: SmtpEnvelope;
  /** Of the server, which now waits for the content. */
  info: object | undefined;
  /** Resolves with what went wrong, or with nothing. */
  readonly answered: Promise<NodemailerError | undefined>;
}

const envelopeStages: ReadonlySet<ConversationStage> = new Set(['mail', 'rcpt', 'data']);

export interface ReplyTimeouts {
  /** For every reply but the last. */
  readonly replyMs: number;
  /** After the final dot: ten minutes (RFC 5321 4.5.3.2.6); a shorter one makes duplicates. */
  readonly finalReplyMs: number;
}

/**
 * nodemailer's SMTP connection with four changes: it knows at each moment how far the conversation is, and above all
 * whether the final dot was handed over; it sends content that is sealed already at a fraction of the cost; together with a
 * content it can send the envelope of the mail that follows (RFC 2920 3.1), which saves a round trip for each mail; and it
 * ends at the first line that is no reply, because nothing after it can be matched with what was asked.
 */
export class SealedMailConnection extends SMTPConnection {
  /** Of the newest mail that was begun; before the first one, of the connection. */
  private progress: Progress = { stage: 'connect' };
  /** Leaves together with the content of the mail under way. */
  private next: SmtpEnvelope | undefined;
  private announcement: Announcement | undefined;
  /** Settles the answer to the announcement when no reply will. */
  private endAnnouncement: ((error: NodemailerError) => void) | undefined;
  private lastError: NodemailerError | undefined;
  /** What the server said to the envelope of the mail that is begun, when that was announced. */
  private announcedInfo: object | undefined;
  /** The server answered the content before it had all of it: nothing more may be said on this connection. */
  hasAnsweredEarly = false;
  /** The mail is small, and here. */
  private isWhole = false;

  constructor(
    options: Options,
    private readonly timeouts: ReplyTimeouts,
  ) {
    super({ ...options, socketTimeout: timeouts.replyMs });
    this.on('error', (error: NodemailerError) => (this.lastError = error));
    this.once('end', () => this.endAnnouncement?.(this.lastError ?? new Error('The connection was closed.')));
  }

  get stageReached(): ConversationStage {
    return this.progress.stage;
  }

  set stageReached(stage: ConversationStage) {
    this.progress.stage = stage;
  }

  get socket(): net.Socket | undefined {
    return this.inner._socket;
  }

  /** Whether either side closed it, also while nothing was said. */
  get isGone(): boolean {
    return this.inner._destroyed || !this.inner._socket.writable || this.inner._socket.readableEnded;
  }

  get offersPipelining(): boolean {
    return this.inner._supportedExtensions.includes('PIPELINING');
  }

  /** The envelope that was sent ahead, of a mail that is not begun. The server takes no other mail now. */
  get announced(): SmtpEnvelope | undefined {
    return this.announcement?.envelope;
  }

  get offersSmtpUtf8(): boolean {
    return this.inner._supportedExtensions.includes('SMTPUTF8');
  }

  /** Announced by the server (RFC 1870); 0 when it names none. */
  get maxSizeBytes(): number {
    return this.inner._maxAllowedSize;
  }

  /**
   * To be called before each mail, with its content, and the envelope of the mail that may follow on this connection.
   *
   * An envelope that was announced is this mail's.
   *
   * @returns what was wrong with the announced envelope: the mail's transaction is to be begun again
   */
  async beginMail(content: unknown, next: SmtpEnvelope | undefined): Promise<NodemailerError | undefined> {
    this.isWhole = WholeContent.fits(content);
    if (this.stageReached === 'after-dot') this.inner._socket.setTimeout(this.timeouts.replyMs);
    this.next = next;
    const { announcement } = this;
    this.announcement = undefined;
    this.progress = announcement ?? { stage: 'mail' };
    const error = await announcement?.answered;
    this.endAnnouncement = undefined;
    this.announcedInfo = announcement?.info;
    return error;
  }

  /** An envelope that the server has taken already is not said again. */
  _setEnvelope(envelope: SmtpEnvelope, callback: EnvelopeCallback): void {
    const { announcedInfo } = this;
    this.announcedInfo = undefined;
    if (announcedInfo === undefined) inner._setEnvelope.call(this, envelope, callback);
    else callback(null, announcedInfo);
  }

  private announce(envelope: SmtpEnvelope): void {
    const { promise, resolve } = Promise.withResolvers<NodemailerError | undefined>();
    const announcement: Announcement = { envelope, stage: 'mail', info: undefined, answered: promise };
    this.announcement = announcement;
    this.endAnnouncement = resolve;
    inner._setEnvelope.call(this, envelope, (error, info) => {
      announcement.info = info;
      resolve(error ?? undefined);
    });
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
      const isEnvelope = this.announcement !== undefined || envelopeStages.has(this.stageReached);
      if (left === 0 || left >= before || this.inner._destroyed || !isEnvelope) return;
    }
  }

  private processReply(): void {
    const [first = ''] = this.inner._responseQueue;
    if (first.trim() !== '' && parseServerReply(first) === undefined) {
      this.inner._responseQueue.length = 0;
      this.endByReply(first, 'The server answered what is no SMTP reply');
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
    if (this.endsByGoOn(reply)) return;
    if (reply.startsWith('2')) this.envelopeProgress.stage = 'rcpt';
    inner._actionMAIL.call(this, reply, callback);
  }

  _actionRCPT(reply: string, callback: unknown): void {
    if (!this.endsByGoOn(reply)) inner._actionRCPT.call(this, reply, callback);
  }

  /** Only DATA is answered by 354: elsewhere, the replies are not in the order of what was said. */
  private endsByGoOn(reply: string): boolean {
    if (!reply.startsWith('3')) return false;
    this.endByReply(reply, 'The server answered out of turn');
    return true;
  }

  private endByReply(reply: string, why: string): void {
    this.inner._onError(new Error(`${why}: ${lineOfText(reply)}`), 'EPROTOCOL', reply, 'CONN');
  }

  _actionDATA(reply: string, callback: unknown): void {
    this.envelopeProgress.stage = 'data';
    inner._actionDATA.call(this, reply, callback);
  }

  _createSendStream(callback: (error: Error | null, reply?: string) => void) {
    this.stageReached = 'content';
    this.inner._responseActions.push((reply) => {
      this.hasAnsweredEarly = this.stageReached === 'content';
      inner._actionSMTPStream.call(this, reply, callback);
    });
    const { _socket: socket } = this.inner;
    const handOver = (writeLast: () => void) => {
      this.stageReached = 'after-dot';
      socket.setTimeout(this.timeouts.finalReplyMs);
      socket.cork();
      writeLast();
      if (this.next !== undefined) this.announce(this.next);
      socket.uncork();
    };
    if (this.isWhole) return new WholeContent(socket, handOver, callback);
    const stream = new SealedContentStream(socket, handOver);
    stream.once('error', callback);
    return stream;
  }

  /** The replies to an envelope that was sent ahead come when the mail before it was answered. */
  private get envelopeProgress(): Progress {
    return this.announcement ?? this.progress;
  }

  private get inner(): Inner {
    return this as unknown as Inner;
  }
}
