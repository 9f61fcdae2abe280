import { isOutage, Refusal } from '@mailrun/platform-errors';
import type { Transmission } from '../../domain/conversation.js';
import {
  ConnectError,
  type MailConnection,
  type MailConnections,
  type TranscriptLine,
} from '../ports/mail-connections.port.js';
import type { MessageServers } from '../ports/message-servers.port.js';
import type { TestAddresses } from '../ports/test-addresses.port.js';
import { testMail } from './test-mail.js';

export interface ServerTest {
  readonly tenantId: string;
  readonly serverKey: string;
  readonly fromKey: string;
  /** Must be one of the tenant's test addresses. */
  readonly to: string;
}

export interface ServerTestResult {
  readonly isAccepted: boolean;
  readonly conversation: readonly TranscriptLine[];
  /** One sentence for staff. */
  readonly detail: string;
  readonly seconds: number;
}

/** Sends the fixed test mail over a message server, outside of queue and limits, and tells the conversation. */
export class TestServer {
  constructor(
    private readonly servers: MessageServers,
    private readonly connections: MailConnections,
    private readonly testAddresses: TestAddresses,
  ) {}

  /** @throws Refusal `dispatch.no-server`, `dispatch.no-sender`, `dispatch.no-test-address` */
  async test({ tenantId, serverKey, fromKey, to }: ServerTest): Promise<ServerTestResult> {
    const settings = await this.servers.find(tenantId, serverKey);
    if (!settings)
      throw new Refusal('not-found', 'dispatch.no-server', 'There is no message server with this key.');
    const sender = await this.servers.findSender(tenantId, fromKey);
    if (!sender) throw new Refusal('rule', 'dispatch.no-sender', 'There is no sender with this key.');
    const allowed = await this.testAddresses.of(tenantId);
    if (!allowed.some((address) => address.toLowerCase() === to.toLowerCase())) {
      throw new Refusal(
        'rule',
        'dispatch.no-test-address',
        'Test mails go to test addresses of the tenant only: add the address to them, or give one of them.',
      );
    }
    const conversation: TranscriptLine[] = [];
    const startedAt = performance.now();
    const answer = (isAccepted: boolean, detail: string): ServerTestResult => ({
      isAccepted,
      conversation,
      detail,
      seconds: (performance.now() - startedAt) / 1000,
    });
    let connection: MailConnection | undefined;
    try {
      connection = await this.connections.openWithTranscript(settings, conversation);
      const content = testMail(sender.address, to, new Date());
      const transmission = await connection.transmit({
        envelopeFrom: sender.address,
        recipients: [to],
        sizeBytes: content.length,
        content,
      });
      return answer(
        transmission.ended === 'accepted' && transmission.refused.length === 0,
        told(transmission),
      );
    } catch (error) {
      if (error instanceof ConnectError)
        return answer(false, `Stage ${error.fault.stage}: ${error.fault.detail}`);
      if (isOutage(error)) return answer(false, (error as Error).message);
      throw error;
    } finally {
      await connection?.close();
    }
  }
}

function told(transmission: Transmission): string {
  switch (transmission.ended) {
    case 'accepted': {
      const { smtpCode, text } = transmission.refused[0]?.reply ?? transmission.reply;
      return transmission.refused.length > 0
        ? `The server refused the recipient: ${smtpCode} ${text}`
        : `The server took the mail: ${smtpCode} ${text}`;
    }
    case 'refused':
      return `The server refused the mail at stage ${transmission.stage}: ${transmission.reply.smtpCode} ${transmission.reply.text}`;
    case 'broken':
      return `The conversation broke off at stage ${transmission.stage}: ${transmission.detail}`;
  }
}
