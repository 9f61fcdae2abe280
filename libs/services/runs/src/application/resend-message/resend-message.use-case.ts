import { Injectable } from '@nestjs/common';
import { resendMessage } from '@mailrun/contracts';
import { Database, type ActContext, type Answer } from '@mailrun/platform-persistence';
import { mayBeginRound } from '../../domain/runs/run-conditions.js';
import { messageNotFinal, messageNotFound, noAddressLeft } from '../../domain/runs/run-refusals.js';
import { messagesOfRound } from '../../domain/runs/rounds.js';
import { BeginRound } from '../next-copies/begin-round.js';
import { RoundStore } from '../ports/round-store.port.js';
import { TenantSettingsReader } from '../ports/tenant-settings-reader.port.js';
import { RunActs } from '../run-acts.js';

/** Sends one message again: a new copy to all addresses as they are now, in a round of its own. */
@Injectable()
export class ResendMessage {
  constructor(
    private readonly database: Database,
    private readonly acts: RunActs,
    private readonly round: BeginRound,
    private readonly rounds: RoundStore,
    private readonly settings: TenantSettingsReader,
  ) {}

  async resend(context: ActContext, messageId: string, note: string): Promise<Answer> {
    const { tenantId } = context;
    const found = await this.database.inTenant(tenantId, (tx) => this.rounds.findMessage(tx, messageId));
    if (found === undefined) throw messageNotFound();
    const { runId } = found;
    const kind = 'resend';
    const changedAddresses = await this.rounds.changedAddresses({ runId, tenantId, kind, messageId });
    const { mode } = await this.settings.read(tenantId);
    const act = {
      route: resendMessage.id,
      runId,
      request: { messageId, note },
      done: 'message-resent',
      allowed: mayBeginRound,
      wakes: ['feed'] as const,
    };
    return this.acts.perform(context, act, async (tx, run) => {
      this.round.check(run, mode);
      const message = await this.rounds.findMessage(tx, messageId);
      if (message === undefined) throw messageNotFound();
      if (!messagesOfRound.resend.includes(message.state)) throw messageNotFinal(message.state);
      const round = await this.round.begin(tx, run, { kind, messageId, note });
      if (!(await this.rounds.makeOne(tx, run, round, messageId))) throw noAddressLeft();
      return {
        after: { state: 'running', round, copyOf: message.state },
        answer: { round, messages: 1, changedAddresses },
      };
    });
  }
}
