import type { Readable } from 'node:stream';
import type { ConnectFault, Transmission } from '../../domain/conversation.js';
import type { ServerSettings } from '../../domain/server-settings.js';

/** What is said about a mail before its content. */
export interface Envelope {
  readonly envelopeFrom: string;
  readonly recipients: readonly string[];
  readonly sizeBytes: number;
}

/** One mail as it goes into a conversation. The content is the sealed mail, byte by byte. */
export interface MailToTransmit extends Envelope {
  readonly content: Buffer | Readable;
}

/** An open, logged-in connection. It carries one mail at a time. */
export interface MailConnection {
  /** False once it broke or the server said good-bye: open another one. */
  readonly isUsable: boolean;
  /** Whether the envelope of a mail may leave together with the content of the one before it (RFC 2920 3.1). */
  readonly takesAhead: boolean;
  /** An envelope was sent ahead, and its mail not transmitted yet: this connection takes no other. */
  readonly isPromised: boolean;
  /**
   * Never rejects: whatever happens is a {@link Transmission}.
   *
   * @param next its envelope leaves together with this mail's content. Nothing of it is an outcome before it is
   * transmitted itself
   */
  transmit(mail: MailToTransmit, next?: Envelope): Promise<Transmission>;
  /**
   * Says QUIT where that makes sense, and closes. Resolves when the server has let go of the connection too, or did not
   * answer within two seconds: until then it counts.
   */
  close(): Promise<void> | void;
}

/** The connection could not be opened. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  constructor(readonly fault: ConnectFault) {
    super(fault.detail);
  }
}

/** Opens connections to mail servers. */
export abstract class MailConnections {
  /**
   * @param isProbe the server may be gone: nobody waits for long
   * @throws ConnectError
   */
  abstract open(settings: ServerSettings, isProbe?: boolean): Promise<MailConnection>;

  /** The same, writing down what both sides say, without secrets. The lines grow while the conversation goes on. */
  abstract openWithTranscript(
    settings: ServerSettings,
    transcript: TranscriptLine[],
  ): Promise<MailConnection>;
}

export interface TranscriptLine {
  readonly from: 'client' | 'server';
  readonly text: string;
}
