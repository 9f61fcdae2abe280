import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { CatcherLimits } from './caught-mail.js';
import { MailTooLarge } from './incoming-mail.js';
import type { MailStore } from './mail-store.js';

const answer = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode });

/** How long conversations under way may take to end when the catcher is stopped. */
const closeTimeoutMs = 2_000;

/** The SMTP side: takes every mail for everybody, with any user and password or none, and answers once it is kept. */
export class SmtpReception {
  private readonly server: SMTPServer;
  private readonly taking = new Set<Promise<unknown>>();

  constructor(
    private readonly store: MailStore,
    private readonly limits: CatcherLimits,
    private readonly onFault: (error: unknown) => void,
  ) {
    this.server = new SMTPServer({
      name: 'mail-catcher.mailrun.invalid',
      banner: 'Mailrun mail catcher: nothing leaves from here',
      size: limits.maxMailBytes,
      rejectOversized: true,
      maxRecipients: limits.maxRecipients,
      maxClients: limits.maxConnections,
      disabledCommands: ['STARTTLS'],
      authOptional: true,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(null, { user: 'anybody' }),
      maxAllowedUnauthenticatedCommands: false,
      disableReverseLookup: true,
      logger: false,
      closeTimeout: closeTimeoutMs,
      onData: (stream, session, done) => {
        const taking = this.take(stream, session).then((text) => done(null, text), done);
        this.taking.add(taking);
        void taking.finally(() => this.taking.delete(taking));
      },
    });
    // Faults of single connections (a sender that hangs up) end here too; they lose no confirmed mail.
    this.server.on('error', (error) => this.onFault(error));
  }

  async start(host: string, port: number): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.server.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.server.off('error', reject);
        resolve();
      });
    });
    return this.server.server.address() as AddressInfo;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      // Connections that senders keep open for later need not be waited for.
      for (const connection of this.server.connections) {
        if (connection.session.envelope.mailFrom === false) {
          connection.send(421, 'The mail catcher is being stopped');
          connection.close();
        }
      }
    });
    await Promise.all(this.taking);
  }

  private async take(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
    const { mailFrom, rcptTo } = session.envelope;
    const from = mailFrom === false ? '' : mailFrom.address;
    try {
      const mail = await this.store.add(stream, { from, to: rcptTo.map(({ address }) => address) });
      return `OK: kept as ${mail.id}`;
    } catch (error) {
      if (error instanceof MailTooLarge) {
        throw answer(552, `The mail is larger than ${this.limits.maxMailBytes} bytes`);
      }
      this.onFault(error);
      throw answer(452, 'The mail catcher could not keep the mail');
    }
  }
}
