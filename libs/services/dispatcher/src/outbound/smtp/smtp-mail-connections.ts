import type { Options } from 'nodemailer/lib/smtp-connection';
import type { NodemailerError } from 'nodemailer/lib/errors';
import {
  ConnectError,
  MailConnections,
  type MailConnection,
  type TranscriptLine,
} from '../../application/ports/mail-connections.port.js';
import type { BreakCause } from '../../domain/conversation.js';
import type { ServerSettings } from '../../domain/server-settings.js';
import { lineOfText, parseServerReply } from '../../domain/server-reply.js';
import { SealedMailConnection } from './sealed-mail-connection.js';
import { causeOf, SmtpMailConnection } from './smtp-mail-connection.js';
import { transcriptLogger } from './transcript-logger.js';

export interface SmtpOptions {
  /** The name in EHLO (RFC 5321 4.1.1.1); the machine's own where left out. */
  readonly clientName?: string;
  /** Certificates to trust beside those of Node.js, in PEM. */
  readonly ca?: readonly string[];
  readonly connectTimeoutMs?: number;
  readonly greetingTimeoutMs?: number;
  readonly replyTimeoutMs?: number;
  /** Shorter than ten minutes makes duplicates; for tests only. */
  readonly finalReplyTimeoutMs?: number;
}

const defaultConnectTimeoutMs = 10_000;
/** A probe that hangs because its packets are lost must not hide that the server came back meanwhile. */
const probeTimeoutMs = 5_000;

/** Opens SMTP conversations by nodemailer's connection. */
export class SmtpMailConnections extends MailConnections {
  constructor(private readonly options: SmtpOptions = {}) {
    super();
  }

  open(settings: ServerSettings, isProbe = false): Promise<MailConnection> {
    const { connectTimeoutMs = defaultConnectTimeoutMs } = this.options;
    return this.connect(
      settings,
      isProbe ? { connectionTimeout: Math.min(connectTimeoutMs, probeTimeoutMs) } : {},
    );
  }

  openWithTranscript(settings: ServerSettings, transcript: TranscriptLine[]): Promise<MailConnection> {
    return this.connect(settings, {
      transactionLog: true,
      logger: transcriptLogger(transcript, settings.credentials),
    });
  }

  private async connect(settings: ServerSettings, more: Options): Promise<MailConnection> {
    const {
      connectTimeoutMs = defaultConnectTimeoutMs,
      greetingTimeoutMs = 60_000,
      ca,
      clientName,
    } = this.options;
    const { replyTimeoutMs = 300_000, finalReplyTimeoutMs = 600_000 } = this.options;
    const smtp = new SealedMailConnection(
      {
        host: settings.host,
        port: settings.port,
        secure: settings.tls === 'implicit',
        requireTLS: settings.tls === 'starttls',
        opportunisticTLS: settings.tls === 'opportunistic',
        ignoreTLS: settings.tls === 'none',
        tls: {
          minVersion: 'TLSv1.2',
          // Encryption that is only opportunistic authenticates nobody (RFC 7435 3).
          rejectUnauthorized: settings.verifyCertificate && settings.tls !== 'opportunistic',
          ...(ca === undefined ? {} : { ca: [...ca] }),
        },
        connectionTimeout: connectTimeoutMs,
        greetingTimeout: greetingTimeoutMs,
        allowInternalNetworkInterfaces: true,
        maxResponseSize: 256 * 1024,
        ...(clientName === undefined ? {} : { name: clientName }),
        ...more,
      },
      { replyMs: replyTimeoutMs, finalReplyMs: finalReplyTimeoutMs },
    );
    await new Promise<void>((resolve, reject) => {
      const fail = (error: NodemailerError, cause?: BreakCause) => {
        reject(connectError(smtp, error, cause));
        smtp.close();
      };
      // Stays for the connection's life: later errors reach the mail in flight by its callback.
      smtp.on('error', (error: NodemailerError) => fail(error));
      smtp.connect((error) => {
        if (error) fail(error);
        else if (!settings.credentials) resolve();
        else if (!smtp.allowsAuth) {
          smtp.stageReached = 'auth';
          fail(new Error('Login is configured, but the server offers none here.'), 'auth-not-offered');
        } else {
          smtp.stageReached = 'auth';
          const { user, password } = settings.credentials;
          smtp.login({ credentials: { user, pass: password } }, (refused) => {
            if (refused) fail(refused);
            else resolve();
          });
        }
      });
    });
    return new SmtpMailConnection(smtp);
  }
}

function connectError(smtp: SealedMailConnection, error: NodemailerError, cause?: BreakCause): ConnectError {
  const reply = parseServerReply(error.response ?? '');
  const isNo = reply !== undefined && reply.smtpCode >= 400;
  return new ConnectError({
    stage: smtp.stageReached,
    cause: cause ?? (isNo ? 'reply' : causeOf(error)),
    detail: lineOfText(isNo ? reply.text : error.message),
    ...(isNo ? { reply } : {}),
  });
}
