import { Injectable } from '@nestjs/common';
import { retryFailedOfMessageRun, sendRestOfMessageRun } from '@mailrun/contracts';
import { Database, type ActContext, type Answer } from '@mailrun/platform-persistence';
import { mayBeginRound } from '../../domain/runs/run-conditions.js';
import {
  nothingToSend,
  otherNumberInRound,
  roundIsBeingMade,
  runNotFound,
} from '../../domain/runs/run-refusals.js';
import { messagesOfRound } from '../../domain/runs/rounds.js';
import { RoundStore } from '../ports/round-store.port.js';
import { RunStore } from '../ports/run-store.port.js';
import { TenantSettingsReader } from '../ports/tenant-settings-reader.port.js';
import { WorkIndex } from '../ports/work-index.port.js';
import { RunActs } from '../run-acts.js';
import { BeginRound } from './begin-round.js';

const acts = {
  'send-rest': { route: sendRestOfMessageRun.id, done: 'rest-sent' },
  'retry-failed': { route: retryFailedOfMessageRun.id, done: 'failed-retried' },
} as const;

/** Sends the rest of a run that was stopped, or what failed, in a new round with new copies. */
@Injectable()
export class RetryMessages {
  constructor(
    private readonly database: Database,
    private readonly acts: RunActs,
    private readonly round: BeginRound,
    private readonly rounds: RoundStore,
    private readonly runs: RunStore,
    private readonly settings: TenantSettingsReader,
    private readonly work: WorkIndex,
  ) {}

  async retry(
    context: ActContext,
    kind: keyof typeof acts,
    runId: string,
    request: { readonly note?: string | undefined; readonly expectedMessages?: number | undefined },
  ): Promise<Answer> {
    const { tenantId } = context;
    const found = await this.database.inTenant(tenantId, (tx) => this.runs.find(tx, runId));
    if (found === undefined) throw runNotFound();
    // Compared outside of the act, which must not hold up the run: there may be many.
    const changedAddresses = await this.rounds.changedAddresses({ runId, tenantId, kind });
    const { mode } = await this.settings.read(tenantId);
    const act = {
      ...acts[kind],
      runId,
      request,
      allowed: mayBeginRound,
      wakes: ['round', 'settle'] as const,
    };
    return this.acts.perform(context, act, async (tx, run) => {
      this.round.check(run, mode);
      if (await this.rounds.isBeingMade(tx, runId, kind)) throw roundIsBeingMade(kind, run.state);
      const messages = await this.count(tx, run.preparationId, kind);
      if (messages === 0) throw nothingToSend(kind, run.state);
      const { expectedMessages = messages, note = null } = request;
      if (messages !== expectedMessages) throw otherNumberInRound(expectedMessages, messages);
      const round = await this.round.begin(tx, run, { kind, messageId: null, note });
      await this.work.add(tx, 'round', { runId, tenantId });
      return { after: { state: 'running', round, messages }, answer: { round, messages, changedAddresses } };
    });
  }

  private async count(
    tx: Parameters<RunStore['counts']>[0],
    preparationId: string | null,
    kind: keyof typeof acts,
  ): Promise<number> {
    if (preparationId === null) return 0;
    return (await this.runs.counts(tx, preparationId))
      .filter(({ unit, status }) => unit === 'messages' && messagesOfRound[kind].includes(status))
      .reduce((sum, { count }) => sum + count, 0);
  }
}
