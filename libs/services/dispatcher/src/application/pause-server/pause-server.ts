import { pauseMessageServer, resumeMessageServer } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import {
  performAct,
  recordAudit,
  type ActContext,
  type Answer,
  type Database,
} from '@mailrun/platform-persistence';
import type { DispatchMails } from '../dispatch-mails/dispatch-mails.js';
import type { MessageServers } from '../ports/message-servers.port.js';
import type { PausedServers } from '../ports/paused-servers.port.js';

/**
 * Pauses a message server, and resumes it. Once a pause is committed no mail is marked for it any more, by any replica;
 * what was marked before may end. Its mails wait as they are.
 */
export class PauseServer {
  constructor(
    private readonly database: Database,
    private readonly servers: MessageServers,
    private readonly paused: PausedServers,
    private readonly dispatching: DispatchMails,
  ) {}

  /** @throws Refusal `dispatch.no-server` */
  async pause(context: ActContext, key: string, note: string | undefined): Promise<Answer> {
    const { tenantId } = context;
    await this.checkServer(tenantId, key);
    return performAct(this.database, context, pauseMessageServer.id, { key, note }, async (tx) => {
      const { since, wasPaused } = await this.paused.put(tx, { tenantId, serverKey: key });
      const pausedSince = since.toISOString();
      if (!wasPaused) {
        await recordAudit(tx, context, {
          action: 'message-server.paused',
          subject: `message-server/${key}`,
          after: { pausedSince, note: note ?? null },
        });
      }
      return { status: 200, body: { key, pausedSince } };
    });
  }

  /** @throws Refusal `dispatch.no-server` */
  async resume(context: ActContext, key: string, note: string | undefined): Promise<Answer> {
    const { tenantId } = context;
    await this.checkServer(tenantId, key);
    const answer = await performAct(
      this.database,
      context,
      resumeMessageServer.id,
      { key, note },
      async (tx) => {
        const since = await this.paused.remove(tx, { tenantId, serverKey: key });
        if (since !== undefined) {
          await recordAudit(tx, context, {
            action: 'message-server.resumed',
            subject: `message-server/${key}`,
            before: { pausedSince: since.toISOString() },
            after: { pausedSince: null, note: note ?? null },
          });
        }
        return { status: 200, body: { key, pausedSince: null } };
      },
    );
    this.dispatching.wake();
    return answer;
  }

  private async checkServer(tenantId: string, key: string): Promise<void> {
    if ((await this.servers.find(tenantId, key)) === undefined)
      throw new Refusal('not-found', 'dispatch.no-server', 'There is no message server with this key.');
  }
}
