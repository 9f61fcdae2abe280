import { Injectable } from '@nestjs/common';
import { startMessageRun } from '@mailrun/contracts';
import {
  Database,
  performAct,
  recordAudit,
  type ActContext,
  type Answer,
} from '@mailrun/platform-persistence';
import { mayStart } from '../../domain/runs/run-conditions.js';
import {
  modeChanged,
  notCurrentPreparation,
  notInState,
  otherNumberOfMessages,
  runNotFound,
} from '../../domain/runs/run-refusals.js';
import { RunReads } from '../ports/run-reads.port.js';
import { RunStore } from '../ports/run-store.port.js';
import { TenantSettingsReader } from '../ports/tenant-settings-reader.port.js';
import { WorkIndex } from '../ports/work-index.port.js';
import { WorkSignals } from '../work-signals.js';

/** Starts exactly the preparation that is named, or refuses with the difference. */
@Injectable()
export class StartRun {
  constructor(
    private readonly database: Database,
    private readonly runs: RunStore,
    private readonly reads: RunReads,
    private readonly settings: TenantSettingsReader,
    private readonly work: WorkIndex,
    private readonly signals: WorkSignals,
  ) {}

  async start(
    context: ActContext,
    id: string,
    named: {
      readonly preparationId: string;
      readonly expectedMessages: number;
      /** Then it pauses itself. */
      readonly firstMessages?: number | undefined;
    },
  ): Promise<Answer> {
    const { tenantId } = context;
    const { mode } = await this.settings.read(tenantId);
    const answer = await performAct(
      this.database,
      context,
      startMessageRun.id,
      { id, ...named },
      async (tx) => {
        const run = await this.runs.lock(tx, id);
        if (run === undefined) throw runNotFound();
        if (!mayStart.includes(run.state)) throw notInState('started', run.state, mayStart);
        if (run.preparationId !== named.preparationId) {
          throw notCurrentPreparation(named.preparationId, run.preparationId);
        }
        if (run.mode !== mode) throw modeChanged(run.mode ?? 'none', mode);
        const counts = await this.runs.counts(tx, run.preparationId);
        const messages = counts
          .filter(({ unit, status }) => unit === 'messages' && status === 'pending')
          .reduce((sum, { count }) => sum + count, 0);
        if (messages !== named.expectedMessages)
          throw otherNumberOfMessages(named.expectedMessages, messages);
        await this.runs.change(tx, id, { state: 'running', why: null, startedAt: 'now', resumedAt: 'now' });
        await this.runs.openRound(tx, run, 1);
        await this.runs.limitFeeding(tx, run, named.firstMessages ?? null);
        for (const kind of ['run', 'gate', 'event'] as const) {
          await this.work.add(tx, kind, { runId: id, tenantId });
        }
        await recordAudit(tx, context, {
          action: 'message-run.started',
          subject: `message-run/${id}`,
          after: { ...named, mode },
        });
        return { status: 202, body: await this.reads.view(tx, id) };
      },
    );
    for (const work of ['gate', 'feed', 'event', 'settle'] as const) this.signals.raise(work);
    return answer;
  }
}
